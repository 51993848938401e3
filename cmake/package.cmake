# SPDX-License-Identifier: Apache-2.0
# `cpack --config build/CPackConfig.cmake` makes a Debian package of what `cmake --install build` installs.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "SpikeMesh maintainers <maintainers@spikemesh.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "spiking-neural-network chip: emulator, RTL verification, host library")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# To link the library; to compile RTL; to plot.
set(CPACK_DEBIAN_PACKAGE_SUGGESTS
    "libfmt-dev, zlib1g-dev, libsystemc-dev, cmake, pkg-config, verilator (>= 5), g++, python3-matplotlib, libjs-chart.js")
set(CPACK_STRIP_FILES ON)
include(CPack)
