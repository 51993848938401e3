// SPDX-License-Identifier: Apache-2.0
#include <systemc>

/// SystemC's library holds a main() that calls this; the tests have a main() of their own.
int sc_main(int, char**) { return 1; }
