// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "daemon/core/text.h"
#include "daemon/vmcore/kernel_log.h"
#include "tests/support/log_image.h"

namespace kdumpd {

// A kernel log in memory, to be damaged and read. Virtual addresses are physical ones.
struct LogMemory {
  static constexpr std::uint64_t kPage = 4096;

  LogImage image;
  Endian endian = Endian::kLittle;
  int word_bytes = 8;
  std::set<std::uint64_t> missing;  // addresses of pages that are not in the dump
  std::uint64_t bytes_read = 0;

  // A line of VMCOREINFO gets another value; "" removes it.
  void SetKey(std::string_view key, std::string_view value) {
    std::string out;
    for (const std::string_view line : Lines(image.vmcoreinfo)) {
      const bool this_one = line.starts_with(key) && line.substr(key.size()).starts_with('=');
      if (!this_one) out += Cat(line, '\n');
      if (this_one && !value.empty()) out += Cat(key, '=', value, '\n');
    }
    image.vmcoreinfo = out;
  }
  // A number in memory gets another value.
  void Poke(std::uint64_t address, std::size_t size, std::uint64_t value) {
    auto& [begin, bytes] = *std::prev(image.memory.upper_bound(address));
    PutNumber(bytes, address - begin, size, value, endian);
  }

  [[nodiscard]] Result<void> ReadPage(std::uint64_t address, std::span<std::byte> out) {
    bytes_read += out.size();
    const auto region = image.memory.upper_bound(address);
    const auto hole = missing.lower_bound(address / kPage * kPage);
    const bool in_hole =
        hole != missing.end() && *hole - address / kPage * kPage < out.size() + address % kPage;
    if (in_hole || region == image.memory.begin()) {
      return Fail(ErrorCode::kNotFound, "not in the dump");
    }
    const auto& [begin, bytes] = *std::prev(region);
    if (address - begin > bytes.size() || out.size() > bytes.size() - (address - begin)) {
      return Fail(ErrorCode::kNotFound, "not in the dump");
    }
    std::ranges::copy(std::as_bytes(std::span(bytes)).subspan(address - begin, out.size()),
                      out.begin());
    return {};
  }

  [[nodiscard]] KernelLog Read(const LogLimits& limits = {}) {
    const VirtualMemory memory(
        [](std::uint64_t address) -> Result<std::uint64_t> { return address; },
        [this](std::uint64_t address, std::span<std::byte> out) { return ReadPage(address, out); },
        endian, word_bytes, kPage);
    return ReadKernelLog(memory, Vmcoreinfo(image.vmcoreinfo), limits);
  }
};

}  // namespace kdumpd
