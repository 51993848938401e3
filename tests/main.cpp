// SPDX-License-Identifier: Apache-2.0
// The SystemC library holds main(); every test program starts in sc_main.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <systemc>

int sc_main(int argc, char** argv) { return doctest::Context(argc, argv).run(); }
