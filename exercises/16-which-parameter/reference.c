/* The answer of exercise 16: no part of the library, since it is about three graphs of the test. */

/* The name of the parameter of graph 1, 2 or 3 that gets no gradient. */
const char *parameter_without_gradient(int graph)
{
    /* region names */
    switch (graph) {
    case 1: return "temperature";
    case 2: return "W_hidden";
    default: return "W_query";
    }
    /* end names */
}
