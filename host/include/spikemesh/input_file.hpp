// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace spikemesh {

/// Opens a file that a user named, to be read as bytes. Throws InputError that names the path and
/// what to do when it does not exist, is a folder or a device, or may not be read.
std::ifstream open_input(const std::filesystem::path& path);

/// A user's text as a message can hold it: bytes that cannot be printed as hexadecimal escapes, cut
/// after `most` bytes.
std::string shown(std::string_view text, std::size_t most = 60);

/// "a, b, c", and how many more there are if they are many.
std::string shown(const std::vector<std::string>& names);

}  // namespace spikemesh
