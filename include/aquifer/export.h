/* What is public: AQ_API marks the functions that libaquifer exports, and the attributes that let the compiler check calls. */
#ifndef AQUIFER_EXPORT_H
#define AQUIFER_EXPORT_H

#if defined(__GNUC__)
#define AQ_API __attribute__((visibility("default")))
#define AQ_PRINTF(text, first) __attribute__((format(printf, text, first)))
#define AQ_NORETURN __attribute__((noreturn))
#define AQ_MUST_USE __attribute__((warn_unused_result))
#else
#define AQ_API
#define AQ_PRINTF(text, first)
#define AQ_NORETURN
#define AQ_MUST_USE
#endif

#ifdef __cplusplus
#define AQ_BEGIN_DECLS extern "C" {
#define AQ_END_DECLS }
#else
#define AQ_BEGIN_DECLS
#define AQ_END_DECLS
#endif

#endif
