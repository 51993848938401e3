// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace spikemesh {

/// All bytes of a file that a user named. Throws InputError that names the path and what to do when
/// it does not exist, is a folder or a device, or cannot be read to its end.
std::string read_input(const std::filesystem::path& path);

/// A user's text as a message can hold it: bytes that cannot be printed as hexadecimal escapes, cut
/// after `most` bytes.
std::string shown(std::string_view text, std::size_t most = 60);

/// "a, b, c", and how many more there are if they are many; "none" where there is none.
std::string shown(const std::vector<std::string>& names);

}  // namespace spikemesh
