/* Cleanup by attribute: a variable declared `cleanup_free char *name = NULL`
 * is freed when it goes out of scope, on every path. A value that has to
 * outlive its scope is handed out with take_pointer() or take_descriptor(). */
#ifndef OCI_HARDEN_BASE_CLEANUP_H
#define OCI_HARDEN_BASE_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free_function(void *pointer)
{
	free(*(void **)pointer);
}

static inline void cleanup_close_function(const int *descriptor)
{
	if (*descriptor >= 0)
		(void)close(*descriptor);
}

static inline void cleanup_closedir_function(DIR **directory)
{
	if (*directory)
		(void)closedir(*directory);
}

static inline void cleanup_fclose_function(FILE **stream)
{
	if (*stream)
		(void)fclose(*stream);
}

#define cleanup_free __attribute__((cleanup(cleanup_free_function)))
#define cleanup_close __attribute__((cleanup(cleanup_close_function)))
#define cleanup_closedir __attribute__((cleanup(cleanup_closedir_function)))
#define cleanup_fclose __attribute__((cleanup(cleanup_fclose_function)))

#define take_pointer(pointer)                     \
	__extension__({                           \
		__typeof__(pointer) taken_ = (pointer); \
		(pointer) = NULL;                 \
		taken_;                           \
	})

static inline int take_descriptor(int *descriptor)
{
	int taken = *descriptor;
	*descriptor = -1;
	return taken;
}

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
