/* The options of a session. The failure mode: what is out of range is refused, with the option and its value in the text. */
#include "src/orm/options.h"

#include "src/base/base.h"

#define MOST_RETRIES 1000 /* as retry_limit of a pool */
#define MOST_RECORDS 1000000

static int check_switch(const char *function, const char *name, aq_switch_t value)
{
    switch (value) {
    case AQ_UNSET:
    case AQ_ON:
    case AQ_OFF: return AQ_OK;
    }
    return aq__fail(AQ_EINVAL, "%s: options.%s: %d is neither on nor off", function, name, (int)value);
}

static int check_number(const char *function, const char *name, int value, bool zero, int most)
{
    if ((value >= 0 && value <= most) || (zero && value == AQ_ZERO))
        return AQ_OK;
    return aq__fail(AQ_EINVAL, "%s: options.%s: %d is out of range: it must be %s to %d", function, name,
                    value, zero ? "zero (AQ_ZERO)" : "1", most);
}

int aq__session_options_check(const char *function, const aq_session_options_t *options)
{
    int code;

    if (options == NULL)
        return AQ_OK;
    if ((code = check_switch(function, "autoflush", options->autoflush)) != AQ_OK ||
        (code = check_switch(function, "track_modifications", options->track_modifications)) != AQ_OK ||
        (code = check_number(function, "retries", options->retries, true, MOST_RETRIES)) != AQ_OK ||
        (code = check_number(function, "n_plus_one", options->n_plus_one, true, INT32_MAX)) != AQ_OK ||
        (code = check_number(function, "record_limit", options->record_limit, false, MOST_RECORDS)) != AQ_OK)
        return code;
    if (options->lane_bind != NULL && options->lane == NULL)
        return aq__fail(AQ_EINVAL, "%s: options.lane_bind: there is no lane for bind '%s'", function,
                        options->lane_bind);
    if (options->two_phase && options->lane != NULL)
        return aq__fail(AQ_EINVAL,
                        "%s: options.two_phase: a transaction of the caller's (options.lane) is not prepared",
                        function);
    return AQ_OK;
}
