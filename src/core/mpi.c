/* mpi.c: ranks that are processes, perhaps on many machines; the only file that knows MPI. An error inside of MPI ends all processes
 * with a message of MPI's, so nothing is checked here. */
#include "mm/core.h"

#include <stdlib.h>
#include <string.h>

/* How many processes a launcher says that it started. */
static int launched(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}; /* Open MPI, MPICH and Slurm's PMI */
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *text = getenv(names[i]);
        if (text) {
            return atoi(text);
        }
    }
    return 1;
}

#ifdef MM_MPI
#include <mpi.h>
#include <omp.h>
#include <unistd.h>

#ifdef MM_DOUBLE
#define NUMBER MPI_DOUBLE
#else
#define NUMBER MPI_FLOAT
#endif

_Static_assert(sizeof(MPI_Request) <= sizeof((RankSum *)NULL)->request, "a request of MPI fits into a RankSum");

/* Where each rank's numbers begin. */
static int *offsets(const Ranks *r, const int *count)
{
    int *first = r->context;
    for (int i = 1; i < r->n; i++) {
        first[i] = first[i - 1] + count[i - 1];
    }
    return first;
}

static void gather(const Ranks *r, const real *own, real *all, const int *count)
{
    MPI_Allgatherv(own, count[r->rank], NUMBER, all, count, offsets(r, count), NUMBER, MPI_COMM_WORLD);
}

static void scatter_sum(const Ranks *r, const real *all, real *own, const int *count)
{
    (void)r;
    MPI_Reduce_scatter(all, own, count, NUMBER, MPI_SUM, MPI_COMM_WORLD);
}

static void sum_begin(const Ranks *r, RankSum *s, real *x, int n)
{
    (void)r;
    MPI_Request request;
    *s = (RankSum){.x = x, .n = n};
    MPI_Iallreduce(MPI_IN_PLACE, x, n, NUMBER, MPI_SUM, MPI_COMM_WORLD, &request);
    memcpy(s->request, &request, sizeof request);
}

static void sum_poke(const Ranks *r, RankSum *s)
{
    (void)r;
    MPI_Request request;
    int done;
    memcpy(&request, s->request, sizeof request);
    MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    memcpy(s->request, &request, sizeof request);
    s->done = done;
}

static void sum_wait(const Ranks *r, RankSum *s)
{
    (void)r;
    MPI_Request request;
    memcpy(&request, s->request, sizeof request);
    MPI_Wait(&request, MPI_STATUS_IGNORE); /* of a sum that is done, it returns at once */
    memcpy(s->request, &request, sizeof request);
    s->done = true;
}

bool mm_ranks_world(const Ranks **r, Error *err)
{
    static Ranks world = {0, 0, NULL, gather, scatter_sum, sum_begin, sum_poke, sum_wait};
    (void)err;
    *r = NULL;
    if (launched() > 1) {
        int level;
        MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level);
        MPI_Comm_rank(MPI_COMM_WORLD, &world.rank);
        MPI_Comm_size(MPI_COMM_WORLD, &world.n);
        world.context = calloc((size_t)world.n, sizeof(int));
        *r = &world;
    }
    return true;
}

int mm_ranks_threads(const Ranks *r)
{
    MPI_Comm here;
    int ranks, bound = omp_get_num_procs(), share;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, r->rank, MPI_INFO_NULL, &here);
    MPI_Comm_size(here, &ranks);
    MPI_Comm_free(&here);
    share = (int)sysconf(_SC_NPROCESSORS_ONLN) / ranks;
    share = share < 1 ? 1 : share;
    return bound < share ? bound : share; /* mpirun may have bound this process to fewer */
}

void mm_ranks_end(const Ranks *r)
{
    if (r) {
        MPI_Finalize();
        free(r->context);
    }
}

void mm_ranks_abort(const Ranks *r, int status)
{
    if (r) {
        MPI_Abort(MPI_COMM_WORLD, status);
    }
    exit(status);
}

#else

bool mm_ranks_world(const Ranks **r, Error *err)
{
    *r = NULL;
    return launched() == 1 ||
           mm_error(err,
                    "%d processes were started, but this program was built without MPI, so that each would train by "
                    "itself. Install libopenmpi-dev and openmpi-bin and build again, or start it without mpirun",
                    launched());
}

int mm_ranks_threads(const Ranks *r)
{
    (void)r;
    return mm_threads();
}

void mm_ranks_end(const Ranks *r)
{
    (void)r;
}

void mm_ranks_abort(const Ranks *r, int status)
{
    (void)r;
    exit(status);
}
#endif
