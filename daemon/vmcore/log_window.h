// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "daemon/core/byte_order.h"
#include "daemon/vmcore/virtual_memory.h"

namespace kdumpd {

// Many small reads of [begin, end) of virtual memory that mostly go one way, made of few large
// ones. What jumps to and fro gets no more than a few times the whole in large reads, then reads
// only what it asks for. Keeps a reference to `memory`.
class LogWindow {
 public:
  enum class Way { kUp, kDown };
  LogWindow(const VirtualMemory& memory, std::uint64_t begin, std::uint64_t end, Way way)
      : memory_(memory),
        begin_(begin),
        end_(end),
        way_(way),
        loads_((end - begin) / kBytes * 4 + 64) {}

  // `size` bytes at `address`, good until the next call; none when one of them is not in the dump
  // or outside [begin, end).
  [[nodiscard]] Bytes At(std::uint64_t address, std::size_t size);

 private:
  static constexpr std::uint64_t kBytes = 64 << 10;
  void Load(std::uint64_t address, std::uint64_t size);

  const VirtualMemory& memory_;
  std::uint64_t begin_, end_;
  Way way_;
  std::uint64_t loads_;
  std::uint64_t at_ = 0;
  std::vector<std::byte> bytes_, exact_;
  bool whole_ = false;
};

}  // namespace kdumpd
