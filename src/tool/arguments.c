/* Arguments of a subcommand.
 *
 * The happy path: each argument is an option, which takes the next one as its value, or an operand.
 * The failure modes: an option that there is not, that lacks its value, or is there twice: told with the usage, status 2. */
#include "src/tool/arguments.h"

#include "src/wire/conninfo.h"

#include <string.h>

/* ---- What is wrong --------------------------------------------------------------------------------------------------------- */

static void print_complaint(const aq__tool_arguments_t *arguments, const char *format, va_list list)
    AQ_PRINTF(2, 0);

static void print_complaint(const aq__tool_arguments_t *arguments, const char *format, va_list list)
{
    fprintf(stderr, "aquifer %s: ", arguments->command->name);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
}

int aq__tool_refuse(const aq__tool_arguments_t *arguments, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    print_complaint(arguments, format, list);
    va_end(list);
    fprintf(stderr, "usage: aquifer %s %s\n", arguments->command->name, arguments->command->usage);
    return AQ__TOOL_USAGE;
}

int aq__tool_fail(const aq__tool_arguments_t *arguments, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    print_complaint(arguments, format, list);
    va_end(list);
    return AQ__TOOL_FAILED;
}

bool aq__tool_is_uri(const char *operand)
{
    return strncmp(operand, "postgres", strlen("postgres")) == 0 && strstr(operand, "://") != NULL;
}

const char *aq__tool_shown(const aq__tool_arguments_t *arguments, const char *argument)
{
    aq_text_t text = {0};
    const char *shown;

    if (strstr(argument, "://") == NULL && strchr(argument, '=') == NULL)
        return argument;
    aq__conninfo_append_masked(&text, argument);
    shown = text.failed ? NULL : aq_arena_strdup(arguments->arena, aq_text_string(&text));
    aq_text_dispose(&text);
    return shown != NULL ? shown : "***";
}

int aq__tool_outcome(const aq__tool_arguments_t *arguments, int code)
{
    return code == AQ_OK ? AQ__TOOL_DONE : aq__tool_fail(arguments, "%s", aq_last_error()->message);
}

/* ---- Looking up -------------------------------------------------------------------------------------------------------------- */

const char *const *aq__tool_values(const aq__tool_arguments_t *arguments, const char *name, size_t *count)
{
    const aq__tool_command_t *command = arguments->command;

    for (size_t i = 0; i < command->option_count; i++)
        if (strcmp(command->options[i].name, name) == 0) {
            *count = arguments->value_counts[i];
            return arguments->values[i];
        }
    *count = 0;
    return NULL;
}

const char *aq__tool_value(const aq__tool_arguments_t *arguments, const char *name)
{
    size_t count;
    const char *const *values = aq__tool_values(arguments, name, &count);

    return count > 0 ? values[0] : NULL;
}

/* ---- Reading ------------------------------------------------------------------------------------------------------------------ */

/* The value that is a part of the argument, "--output=FILE", "-oFILE"; NULL: the next argument is it. False: it is another option. */
static bool is_option(const aq__tool_option_t *option, const char *argument, const char **value)
{
    size_t length = strlen(option->name);

    *value = NULL;
    if (option->letter != '\0' && argument[0] == '-' && argument[1] == option->letter) {
        *value = argument[2] != '\0' ? argument + 2 : NULL;
        return true;
    }
    if (strncmp(argument, option->name, length) != 0 || (argument[length] != '\0' && argument[length] != '='))
        return false;
    *value = argument[length] == '=' ? argument + length + 1 : NULL;
    return true;
}

static int take_option(aq__tool_arguments_t *arguments, size_t which, const char *value)
{
    const aq__tool_option_t *option = &arguments->command->options[which];

    if (value == NULL)
        return aq__tool_refuse(arguments, "%s needs a value: %s", option->name, option->value);
    if (!option->many && arguments->value_counts[which] > 0)
        return aq__tool_refuse(arguments, "%s is there twice", option->name);
    arguments->values[which][arguments->value_counts[which]++] = value;
    return AQ__TOOL_DONE;
}

/* Such as --json: once more changes nothing. */
static int take_switch(aq__tool_arguments_t *arguments, size_t which, const char *value)
{
    const char *name = arguments->command->options[which].name;

    if (value != NULL)
        return aq__tool_refuse(arguments, "%s has no value", name);
    arguments->values[which][0] = name;
    arguments->value_counts[which] = 1;
    return AQ__TOOL_DONE;
}

/* Whether it is an option; `*at` moves to the last argument that was read. */
static bool read_option(aq__tool_arguments_t *arguments, int argc, char **argv, int *at, int *status)
{
    const aq__tool_command_t *command = arguments->command;
    const char *argument = argv[*at], *value;

    if (argument[0] != '-' || argument[1] == '\0')
        return false;
    for (size_t i = 0; i < command->option_count; i++)
        if (is_option(&command->options[i], argument, &value)) {
            bool valued = command->options[i].value != NULL;

            if (valued && value == NULL && *at + 1 < argc)
                value = argv[++*at];
            *status = valued ? take_option(arguments, i, value) : take_switch(arguments, i, value);
            return true;
        }
    *status = aq__tool_refuse(arguments, "there is no option '%s'", aq__tool_shown(arguments, argument));
    return true;
}

static bool make_room(aq__tool_arguments_t *arguments, size_t count)
{
    size_t options = arguments->command->option_count;

    arguments->arena = aq_arena_create();
    if (arguments->arena == NULL)
        return false;
    arguments->operands = aq_arena_calloc(arguments->arena, count, sizeof(*arguments->operands));
    arguments->values = aq_arena_calloc(arguments->arena, options, sizeof(*arguments->values));
    arguments->value_counts = aq_arena_calloc(arguments->arena, options, sizeof(*arguments->value_counts));
    if (arguments->operands == NULL || arguments->values == NULL || arguments->value_counts == NULL)
        return false;
    for (size_t i = 0; i < options; i++) {
        arguments->values[i] = aq_arena_calloc(arguments->arena, count, sizeof(*arguments->values[i]));
        if (arguments->values[i] == NULL)
            return false;
    }
    return true;
}

static int read_all(aq__tool_arguments_t *arguments, int argc, char **argv)
{
    bool only_operands = false;
    int status = AQ__TOOL_DONE;

    for (int i = 1; i < argc && status == AQ__TOOL_DONE; i++)
        if (!only_operands && strcmp(argv[i], "--") == 0)
            only_operands = true;
        else if (only_operands || !read_option(arguments, argc, argv, &i, &status))
            arguments->operands[arguments->operand_count++] = argv[i];
    return status;
}

/* ---- Running ------------------------------------------------------------------------------------------------------------------ */

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static int print_help(const aq__tool_command_t *command)
{
    printf("usage: aquifer %s %s\n\n%s\n", command->name, command->usage, command->help);
    puts("Status: 0 done; 1 done, but something was told; 2 wrong usage; 3 it could not be done.");
    return AQ__TOOL_DONE;
}

int aq__tool_run(const aq__tool_command_t *command, int argc, char **argv)
{
    aq__tool_arguments_t arguments = {.command = command};
    int status;

    if (asks_for_help(argc, argv))
        return print_help(command);
    if (!make_room(&arguments, (size_t)argc + 1))
        status = aq__tool_fail(&arguments, "%s", aq_last_error()->message);
    else
        status = read_all(&arguments, argc, argv);
    if (status == AQ__TOOL_DONE)
        status = command->run(&arguments);
    aq_arena_close(arguments.arena);
    return status;
}
