/* What must be announced to AddressSanitizer, ThreadSanitizer and valgrind about stacks; nothing in a build without them. */
#ifndef AQ_SRC_TASK_SANITIZERS_H
#define AQ_SRC_TASK_SANITIZERS_H

#if defined(__SANITIZE_ADDRESS__)
#define AQ__ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define AQ__TSAN 1
#endif
#if defined(__has_feature) /* clang */
#if __has_feature(address_sanitizer)
#define AQ__ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define AQ__TSAN 1
#endif
#endif

#ifdef AQ__ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define AQ__ASAN_UNPOISON(start, size) __asan_unpoison_memory_region((start), (size))
#else
#define AQ__ASAN_UNPOISON(start, size) ((void)0)
#endif

#ifdef AQ__TSAN
#include <sanitizer/tsan_interface.h>
#endif

#ifdef AQ_HAVE_VALGRIND
#include <valgrind/valgrind.h>
#define AQ__VALGRIND_NOTE_STACK(start, end) ((unsigned)VALGRIND_STACK_REGISTER((start), (end)))
#define AQ__VALGRIND_FORGET_STACK(id) VALGRIND_STACK_DEREGISTER(id)
#else
#define AQ__VALGRIND_NOTE_STACK(start, end) 0u
#define AQ__VALGRIND_FORGET_STACK(id) ((void)(id))
#endif

#endif
