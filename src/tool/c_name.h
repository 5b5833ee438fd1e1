/* C names: valid, readable identifiers made of names that a database has, and never the same twice.
 *
 *     aq__c_names_t members = {.maker = maker};
 *     aq__c_name(&members, "createdAt");      created_at
 *     aq__c_name(&members, "class");          class_
 *     aq__c_name(&members, "2nd Größe");      _2nd_groesse
 *     aq__c_name(&members, "created_at");     created_at_2 */
#ifndef AQ_SRC_TOOL_C_NAME_H
#define AQ_SRC_TOOL_C_NAME_H

#include "src/tool/layout.h"

/* C11 says that 63 characters count; a type's name stands twice in the line that declares it. */
enum { AQ__C_NAME_MAX = 45 };

typedef struct aq__c_names {
    aq__maker_t *maker;
    aq__map_t taken;
} aq__c_names_t;

void aq__c_names_dispose(aq__c_names_t *names);

/* Small letters, digits and "_", not yet free of keywords and of digits in front: "Größe 2" gives "groesse_2"; "" where nothing is left. */
const char *aq__c_words(aq__maker_t *maker, const char *name);
/* Neither a keyword of C or C++, nor a name that their headers or Aquifer's structs use: "class" gives "class_". Digits in front get a "_". */
const char *aq__c_identifier(aq__maker_t *maker, const char *words);
/* "blog_posts" gives "BlogPosts". */
const char *aq__c_camel(aq__maker_t *maker, const char *words);
/* "very happy" gives "VERY_HAPPY". */
const char *aq__c_capitals(aq__maker_t *maker, const char *words);
/* The last word of a name as one or as many: "blog_posts" gives "blog_post". */
const char *aq__c_one(aq__maker_t *maker, const char *words);
const char *aq__c_many(aq__maker_t *maker, const char *words);

bool aq__c_name_is_taken(const aq__c_names_t *names, const char *name);
/* Takes the name; false: it was taken already. */
bool aq__c_name_take(aq__c_names_t *names, const char *name);
/* The name, or the name with a number that makes it a new one. Takes it. */
const char *aq__c_name_unique(aq__c_names_t *names, const char *name);
/* All of it for a member: its words, as an identifier, unique. */
const char *aq__c_name(aq__c_names_t *names, const char *name);

#endif
