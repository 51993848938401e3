// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace spikemesh::sim {

/// SystemVerilog as a user names it on the command line.
struct SourceList {
  std::vector<std::filesystem::path> files;    ///< in the order of compilation
  std::vector<std::filesystem::path> folders;  ///< where modules and includes are looked for
  std::vector<std::string> defines;            ///< "+define+NAME=VALUE"
};

/// Takes files, lists of files (*.f), "+define+NAME=VALUE" and "+incdir+FOLDER", with commas
/// between them. A list holds the same, and "-y FOLDER" and "-f LIST", with white space between
/// them; `//` and `#` begin a comment, and a path is relative to the folder of the list. The folder
/// of each file is looked into, too. Throws InputError, which begins with `who`, for a list that
/// cannot be read or says something else, and when no file is named.
SourceList source_list_of(const std::string& text, const std::string& who);

}  // namespace spikemesh::sim
