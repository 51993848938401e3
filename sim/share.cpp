// SPDX-License-Identifier: Apache-2.0
#include "sim/share.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <link.h>

#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

namespace fs = std::filesystem;

/// The program, or the shared library that this was linked into.
fs::path own_file() {
  Dl_info info{};
  link_map* map = nullptr;
  const void* here = reinterpret_cast<const void*>(&share_folder);
  const bool found = ::dladdr1(here, &info, reinterpret_cast<void**>(&map), RTLD_DL_LINKMAP) != 0;
  const bool library = found && map != nullptr && map->l_name != nullptr && *map->l_name != '\0';
  return library ? fs::canonical(map->l_name) : fs::read_symlink("/proc/self/exe");
}

/// The nearest `folder` above the file of this code in which there is `entry`, or else the one
/// where it should be.
fs::path nearest(const fs::path& folder, const fs::path& entry) {
  const fs::path file = own_file();
  for (fs::path above = file.parent_path(); above.has_relative_path();
       above = above.parent_path()) {
    if (fs::exists(above / folder / entry)) return above / folder;
  }
  return file.parent_path().parent_path() / folder;
}

}  // namespace

fs::path share_folder() { return nearest("share/spikemesh", "rtl"); }

fs::path module_file(const std::string& name) { return nearest("lib/spikemesh", name) / name; }

std::string program_image(const std::string& program) {
  const fs::path image = share_folder() / "firmware" / (program + ".bin");
  if (fs::exists(image)) return image.string();
  throw InputError(fmt::format(
      "the program {} of the management core is not at {}; it is built with SpikeMesh where the "
      "compiler for it is (apt install gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf)",
      program, image.string()));
}

}  // namespace spikemesh::sim
