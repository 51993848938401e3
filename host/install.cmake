# SPDX-License-Identifier: Apache-2.0
# SpikeMesh::host for find_package(SpikeMesh), `spikemesh` for pkg-config (docs/install.md). Component: host.
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/SpikeMesh)
set_target_properties(spikemesh_spec PROPERTIES EXPORT_NAME spec)
install(TARGETS spikemesh_host spikemesh_spec EXPORT SpikeMeshTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT host
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT host)
install(EXPORT SpikeMeshTargets NAMESPACE SpikeMesh:: DESTINATION ${package} COMPONENT host)
install(DIRECTORY include/spikemesh ${SPIKEMESH_SPEC_INCLUDE}/spikemesh DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT host)
install(FILES schema/network.schema.json schema/stats.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/spikemesh COMPONENT host)

# A shared library has its own dependencies with it; of a static one the consumer links them.
set(SPIKEMESH_STATIC ON)
set(PC_REQUIRES "Requires.private: fmt zlib")
if(BUILD_SHARED_LIBS)
  set(SPIKEMESH_STATIC OFF)
  set(PC_REQUIRES "")
endif()
include(CMakePackageConfigHelpers)
configure_package_config_file(SpikeMeshConfig.cmake.in SpikeMeshConfig.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(SpikeMeshConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/SpikeMeshConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/SpikeMeshConfigVersion.cmake DESTINATION ${package} COMPONENT host)
# The prefix is found from where the file lies, so that an installation can be moved.
file(RELATIVE_PATH PC_TO_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" PC_TO_PREFIX "${PC_TO_PREFIX}")
configure_file(spikemesh.pc.in spikemesh.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/spikemesh.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT host)
