/* program.h: the commands of the align program. */
#ifndef ALIGN_PROGRAM_H
#define ALIGN_PROGRAM_H

#include "mm/program.h"

int command_funnel(int argc, char **argv);

#endif
