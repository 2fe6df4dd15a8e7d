/* The floor of any wrapper: it executes argv[1] with the rest and does nothing else. */
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc > 1)
		(void)execv(argv[1], argv + 1);
	return 127;
}
