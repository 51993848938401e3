// SPDX-License-Identifier: Apache-2.0
#include "sim/waves/fst_writer.hpp"

#include <fmt/format.h>
#include <gtkwave/fstapi.h>

#include <stdexcept>

namespace spikemesh::sim {
namespace {

std::string declared(const std::string& name, unsigned bits) {
  return bits == 1 ? name : fmt::format("{} [{}:0]", name, bits - 1);
}

}  // namespace

void FstWriter::Close::operator()(void* file) const { fstWriterClose(file); }

FstWriter::FstWriter(const std::string& path) : file_(fstWriterCreate(path.c_str(), 1)) {
  if (!file_) throw_waves_unwritable(path);
  fstWriterSetPackType(file_.get(), FST_WR_PT_LZ4);
  fstWriterSetTimescale(file_.get(), -9);
}

void FstWriter::open_scope(const std::string& name) {
  fstWriterSetScope(file_.get(), FST_ST_VCD_MODULE, name.c_str(), nullptr);
}

void FstWriter::close_scope() { fstWriterSetUpscope(file_.get()); }

FstWriter::Variable FstWriter::add(const std::string& name, unsigned bits) {
  return fstWriterCreateVar(file_.get(), FST_VT_VCD_WIRE, FST_VD_IMPLICIT, bits,
                            declared(name, bits).c_str(), 0);
}

void FstWriter::add_alias(const std::string& name, unsigned bits, Variable of) {
  fstWriterCreateVar(file_.get(), FST_VT_VCD_WIRE, FST_VD_IMPLICIT, bits,
                     declared(name, bits).c_str(), of);
}

void FstWriter::time(std::uint64_t nanoseconds) {
  fstWriterEmitTimeChange(file_.get(), nanoseconds);
}

void FstWriter::value(Variable variable, unsigned bits, std::span<const std::uint32_t> words) {
  fstWriterEmitValueChangeVec32(file_.get(), variable, bits, words.data());
}

void throw_waves_unwritable(const std::string& path) {
  throw std::invalid_argument(fmt::format(
      "--waves: cannot write '{}'; name a file in a directory that exists and can be written",
      path));
}

}  // namespace spikemesh::sim
