/* What is wrong with the options of a sequence, of a column or of one that stands alone.
 *
 * The happy path: nothing. The failure modes: a type that no sequence has, a number that the type cannot hold, bounds with nothing between
 * them, a start that is not between them: what the server would refuse. */
#include "src/schema/models.h"

static int64_t greatest(uint32_t type)
{
    return type == AQ_OID_INT2 ? INT16_MAX : type == AQ_OID_INT4 ? INT32_MAX : INT64_MAX;
}

static int64_t said(int64_t option)
{
    return option == AQ_SEQUENCE_0 ? 0 : option;
}

/* The bounds that count, with the server's where none are given. */
static bool has_wrong_bounds(aq_text_t *why, const char *prefix, const aq_sequence_options_t *options,
                             uint32_t type)
{
    bool down = options->increment < 0;
    int64_t most = greatest(type), start = said(options->start);
    int64_t min = options->min != 0 ? said(options->min) : down ? -most - 1 : 1;
    int64_t max = options->max != 0 ? said(options->max) : down ? -1 : most;

    if (min >= max)
        aq_text_appendf(why, "%smin is %lld and .max is %lld: nothing is between them", prefix,
                        (long long)min, (long long)max);
    else if (options->start != 0 && (start < min || start > max))
        aq_text_appendf(why, "%sstart is %lld: it is %lld to %lld", prefix, (long long)start, (long long)min,
                        (long long)max);
    return why->length > 0;
}

bool aq__sequence_is_wrong(aq_text_t *why, const char *prefix, const aq_sequence_options_t *options,
                           uint32_t type)
{
    const struct {
        const char *name;
        int64_t number;
    } numbers[] = {{"start", said(options->start)}, {"min", said(options->min)}, {"max", said(options->max)}};
    int64_t most = greatest(type);

    if (type != AQ_OID_INT2 && type != AQ_OID_INT4 && type != AQ_OID_INT8) {
        aq_text_appendf(why, "%stype is %lu: a sequence is AQ_OID_INT2, AQ_OID_INT4 or AQ_OID_INT8", prefix,
                        (unsigned long)type);
        return true;
    }
    for (size_t i = 0; i < AQ__COUNT_OF(numbers); i++)
        if (numbers[i].number > most || numbers[i].number < -most - 1) {
            aq_text_appendf(why, "%s%s is %lld, which %s cannot hold", prefix, numbers[i].name,
                            (long long)numbers[i].number, aq__oid_name(type));
            return true;
        }
    if (options->increment == AQ_SEQUENCE_0) {
        aq_text_appendf(why, "%sincrement is AQ_SEQUENCE_0: it cannot be 0", prefix);
        return true;
    }
    if (options->cache < 0) {
        aq_text_appendf(why, "%scache is %lld: it is 1 or more", prefix, (long long)options->cache);
        return true;
    }
    return has_wrong_bounds(why, prefix, options, type);
}

bool aq__has_sequence(const aq_column_t *column)
{
    const aq_sequence_options_t *options = &column->sequence;

    return options->name != NULL || options->type != 0 || options->start != 0 || options->increment != 0 ||
           options->min != 0 || options->max != 0 || options->cache != 0 || options->cycle ||
           options->comment != NULL;
}

void aq__set_sequence_options(aq__sequence_t *sequence, const aq_sequence_options_t *options)
{
    sequence->type = options->type;
    sequence->has_start = options->start != 0;
    sequence->start = said(options->start);
    sequence->has_increment = options->increment != 0;
    sequence->increment = options->increment;
    sequence->has_min = options->min != 0;
    sequence->min = said(options->min);
    sequence->has_max = options->max != 0;
    sequence->max = said(options->max);
    sequence->has_cache = options->cache != 0;
    sequence->cache = options->cache;
    sequence->cycle = options->cycle;
    sequence->comment = options->comment;
}
