/* The types of AQ_TYPE_TABLE: which travel in binary, what an array is made of, what they are called. */
#include "src/wire/value.h"

bool aq__type_is_binary(Oid type)
{
    switch (type) {
#define CASE(NAME, name, oid, array_oid) \
    case oid:                            \
    case array_oid:
        AQ_TYPE_TABLE(CASE)
#undef CASE
        return true;
    default: return false;
    }
}

Oid aq__type_element(Oid array)
{
    switch (array) {
#define CASE(NAME, name, oid, array_oid) \
    case array_oid: return oid;
        AQ_TYPE_TABLE(CASE)
#undef CASE
    default: return 0;
    }
}

const char *aq__type_name(Oid type)
{
    switch (type) {
#define CASE(NAME, name, oid, array_oid) \
    case oid: return #name;              \
    case array_oid: return #name "[]";
        AQ_TYPE_TABLE(CASE)
#undef CASE
    default: return NULL;
    }
}
