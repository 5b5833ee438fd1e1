/* Every error of Aquifer, one row each; aquifer/base.h makes the enum, the names and the look-ups of it.
 *
 * X(NAME, number, http, retryable, "text")
 *
 *   number     the value of AQ_<NAME>, negative, never reused for something else
 *   http       the status that an HTTP answer should have when this error reaches it
 *   retryable  1: the very same work may be done again and may then succeed; nothing of it was kept
 *   text       what aq_strerror() says
 *
 * The rows from ESERVER on are errors that PostgreSQL reported; their SQLSTATE is on the error object
 * (PostgreSQL documentation, appendix A). */
#define AQ_ERROR_TABLE(X)                                                                       \
    X(ENOMEM, -1, 500, 0, "out of memory")                                                      \
    X(EINVAL, -2, 500, 0, "invalid argument")                                                   \
    X(ECANCELED, -3, 503, 0, "canceled")                                                        \
    X(ETIMEDOUT, -4, 503, 0, "deadline passed")                                                 \
    X(EDEADLK, -5, 500, 0, "would wait for itself")                                             \
    X(ECLOSED, -6, 503, 0, "closed")                                                            \
    X(EEXIST, -7, 500, 0, "exists already")                                                     \
    X(ENOENT, -8, 404, 0, "not found")                                                          \
    X(ESYSTEM, -9, 500, 0, "system call failed")                                                \
    X(ECONFIG, -20, 500, 0, "bad configuration")                                                \
    X(ENOAPP, -21, 500, 0, "no application found")                                              \
    X(ENOTREG, -22, 500, 0, "application not registered")                                       \
    X(ENOBIND, -23, 500, 0, "bind not configured")                                              \
    X(EPOOLTIMEOUT, -40, 503, 1, "no connection became free in time")                           \
    X(EPOOLFULL, -41, 503, 1, "too many are waiting for a connection")                          \
    X(ECONNECT, -42, 503, 1, "cannot connect")                                                  \
    X(ELOST, -43, 503, 1, "connection lost before anything was kept")                           \
    X(ECOMMITUNKNOWN, -44, 500, 0, "connection lost: not known whether the work was committed") \
    X(EPROTOCOL, -45, 503, 0, "the peer does not speak the PostgreSQL protocol")                \
    X(ETXCONTROL, -60, 500, 0, "transaction control is not allowed here")                       \
    X(EMULTIPLE, -61, 500, 0, "more than one statement")                                        \
    X(EARGUMENTS, -62, 500, 0, "wrong arguments for the statement")                             \
    X(ETOOBIG, -63, 413, 0, "value too big")                                                    \
    X(EENCODING, -64, 400, 0, "text is not valid UTF-8 or has a NUL")                           \
    X(ETYPE, -65, 500, 0, "value has another type")                                             \
    X(ERANGE, -66, 400, 0, "value out of range")                                                \
    X(ENULL, -67, 500, 0, "value is NULL")                                                      \
    X(EROW, -68, 500, 0, "no such row")                                                         \
    X(ECOLUMN, -69, 500, 0, "no such column")                                                   \
    X(EMAPPING, -80, 500, 0, "bad declaration of a model or table")                             \
    X(EINACTIVE, -90, 500, 0, "the session is inactive until it is rolled back")                \
    X(ENOTLOADED, -91, 500, 0, "relationship is not loaded")                                    \
    X(ENOROW, -92, 404, 0, "no such object")                                                    \
    X(EMANYROWS, -93, 500, 0, "more than one row")                                              \
    X(ESTALE, -94, 409, 0, "the row was changed or deleted meanwhile")                          \
    X(EPARTIALCOMMIT, -95, 500, 0, "committed on one bind and not on another")                  \
    X(ESERVER, -100, 500, 0, "the server reported an error")                                    \
    X(ESYNTAX, -101, 500, 0, "syntax error or access rule violation")                           \
    X(EPERMISSION, -102, 500, 0, "insufficient privilege")                                      \
    X(EUNDEFINED, -103, 500, 0, "no such table, column, function or type")                      \
    X(EUNIQUE, -110, 409, 0, "unique violation")                                                \
    X(EFOREIGNKEY, -111, 409, 0, "foreign key violation")                                       \
    X(ENOTNULL, -112, 400, 0, "not null violation")                                             \
    X(ECHECK, -113, 400, 0, "check violation")                                                  \
    X(EEXCLUSION, -114, 409, 0, "exclusion violation")                                          \
    X(ECONSTRAINT, -115, 409, 0, "integrity constraint violation")                              \
    X(EDATA, -116, 400, 0, "data exception")                                                    \
    X(ESERIALIZATION, -120, 503, 1, "serialization failure")                                    \
    X(EDEADLOCK, -121, 503, 1, "deadlock detected")                                             \
    X(ELOCK, -122, 503, 1, "lock not available")                                                \
    X(EREADONLY, -123, 503, 0, "read-only transaction")                                         \
    X(EQUERYCANCELED, -124, 503, 0, "query canceled by the server")                             \
    X(ERESOURCES, -125, 503, 1, "insufficient resources")                                       \
    X(ESHUTDOWN, -126, 503, 1, "the server is shutting down or starting up")                    \
    X(ESTALEPLAN, -127, 500, 1, "prepared statement out of date")                               \
    X(EAUTH, -128, 503, 0, "authentication failed")
