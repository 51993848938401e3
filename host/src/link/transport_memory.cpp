// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <thread>

#include "link/transport_open.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/link/memory_port.hpp"
#include "spikemesh/number.hpp"

namespace spikemesh {

namespace {

constexpr std::string_view kMapForm =
    "mem:FILE or mem:FILE@OFFSET, such as mem:/dev/uio0 or "
    "mem:/dev/mem@0xa0000000";

struct MapPlace {
  std::string path;
  std::uint64_t offset = 0;
};

MapPlace parse_map(const std::string& text) {
  const std::size_t at = text.rfind('@');
  MapPlace place{text.substr(0, at), 0};
  if (at != std::string::npos) {
    std::string_view number = std::string_view(text).substr(at + 1);
    const bool hex = number.starts_with("0x");
    if (hex) number.remove_prefix(2);
    const auto offset = parse_integer(number, 0, INT64_MAX, hex ? 16 : 10);
    if (!offset) throw TransportError(fmt::format("mem:{}: this is not {}", text, kMapForm));
    place.offset = *offset;
  }
  if (place.path.empty())
    throw TransportError(fmt::format("mem:{}: this is not {}", text, kMapForm));
  return place;
}

std::string open_remedy(int error) {
  switch (error) {
    case ENOENT:
    case ENXIO:
    case ENODEV:
      return "no such device: is the driver of the chip loaded (modprobe uio_pdrv_genirq)?";
    case EACCES:
    case EPERM:
      return "no permission: run as root, or let a rule of udev give the device to you";
    default:
      return std::strerror(error);
  }
}

/// A map and the port on it.
class MemoryTransport final : public Transport {
 public:
  MemoryTransport(const MapPlace& place, const std::string& name)
      : memory_(place.path, place.offset), port_(memory_, name), words_(port_) {}

  void write(std::span<const std::uint8_t> bytes) override { words_.write(bytes); }
  std::size_t read(std::span<std::uint8_t> bytes, std::chrono::microseconds timeout) override {
    return words_.read(bytes, timeout);
  }

 private:
  MappedMemory memory_;
  MemoryPort port_;
  WordTransport words_;
};

void lock_range(int handle, const std::string& path, std::uint64_t offset) {
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = static_cast<off_t>(offset);
  range.l_len = static_cast<off_t>(MappedMemory::kBytes);
  if (fcntl(handle, F_OFD_SETLK, &range) != 0)
    throw TransportError(
        fmt::format("mem:{}@{:#x}: another program uses this chip: end it first (one host a chip)",
                    path, offset));
}

}  // namespace

MappedMemory::MappedMemory(const std::string& path, std::uint64_t offset) {
  const auto fail = [&](const std::string& why) {
    if (handle_ >= 0) ::close(handle_);
    throw TransportError(fmt::format("mem:{}@{:#x}: {}", path, offset, why));
  };
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  if (offset % page != 0)
    fail(fmt::format("the offset must be a multiple of a page of {} bytes", page));
  handle_ = ::open(path.c_str(), O_RDWR | O_SYNC | O_CLOEXEC);
  if (handle_ < 0) fail(open_remedy(errno));
  try {
    lock_range(handle_, path, offset);
  } catch (...) {
    ::close(handle_);
    throw;
  }
  mapped_ = (kBytes + page - 1) / page * page;
  struct stat about {};
  // Beyond the end of a file there is no memory, and an access would end the program.
  if (fstat(handle_, &about) == 0 && S_ISREG(about.st_mode) &&
      static_cast<std::uint64_t>(about.st_size) < offset + mapped_)
    fail(fmt::format("the file has {} bytes, and the chip needs {} from there on", about.st_size,
                     mapped_));
  memory_ = ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_SHARED, handle_,
                   static_cast<off_t>(offset));
  if (memory_ == MAP_FAILED)
    fail(
        fmt::format("cannot be mapped ({}): the chip needs a range of {} bytes, which a device of "
                    "UIO names in maps/map0/size",
                    std::strerror(errno), mapped_));
}

MappedMemory::~MappedMemory() {
  ::munmap(memory_, mapped_);
  ::close(handle_);
}

volatile std::uint32_t* MappedMemory::word(std::uint32_t address) const {
  return static_cast<volatile std::uint32_t*>(memory_) + address / sizeof(std::uint32_t);
}

std::uint32_t MappedMemory::load(std::uint32_t address) { return *word(address); }

void MappedMemory::store(std::uint32_t address, std::uint32_t value) { *word(address) = value; }

void MappedMemory::wait(std::chrono::microseconds time) { std::this_thread::sleep_for(time); }

std::unique_ptr<Transport> open_memory(const std::string& text) {
  return std::make_unique<MemoryTransport>(parse_map(text), "mem:" + text);
}

}  // namespace spikemesh
