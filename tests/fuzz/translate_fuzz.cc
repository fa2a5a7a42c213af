// SPDX-License-Identifier: Apache-2.0
// A kernel's notes and memory: the first byte chooses the machine, then notes up to a NUL, then
// bytes that repeat as physical memory, save where bit 40 of an address is set: not in the dump.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "daemon/vmcore/virtual_memory.h"

namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

constexpr std::array<std::string_view, 6> kMachines = {"x86_64", "aarch64", "ppc64le",
                                                       "ppc64",  "s390x",   "riscv64"};
constexpr int kMostReads = 5;  // entries of one translation

class RepeatedMemory final : public kdumpd::Container {
 public:
  RepeatedMemory(std::string_view bytes, std::uint8_t kind) : bytes_(bytes) {
    facts_.machine = kMachines[kind % kMachines.size()];
    facts_.endian = kind & 0x80 ? kdumpd::Endian::kBig : kdumpd::Endian::kLittle;
    facts_.page_size = std::uint64_t{1} << (kind >> 3 & 15) << 9;
  }
  kdumpd::Result<void> ReadPhysical(std::uint64_t address, std::span<std::byte> out) override {
    ++reads;
    if (bytes_.empty() || (address >> 40 & 1) != 0) {
      return kdumpd::Fail(kdumpd::ErrorCode::kNotFound, "not in the dump");
    }
    for (std::byte& byte : out) byte = static_cast<std::byte>(bytes_[address++ % bytes_.size()]);
    return {};
  }
  kdumpd::Wholeness Check(kdumpd::CheckLevel /*level*/,
                          const kdumpd::Progress& /*progress*/) override {
    return {};
  }
  int reads = 0;

 private:
  std::string_view bytes_;
};

void CheckTranslation(kdumpd::Result<kdumpd::Translation> translation, std::uint64_t address,
                      RepeatedMemory& memory) {
  if (!translation) return;
  memory.reads = 0;
  const auto first = (*translation)(address);
  Require(memory.reads <= kMostReads);
  const auto second = (*translation)(address);  // kept, or looked up again: the same
  Require(first.has_value() == second.has_value() && (!first || *first == *second));
}

void CheckMemory(const kdumpd::VirtualMemory& memory, std::uint64_t address) {
  Require(memory.node().size() <= 64 && memory.version().size() <= 64);
  Require(memory.node().find('\0') == std::string::npos);
  std::array<std::byte, 10'000> one{}, other{};
  const bool read = memory.Read(address, one).has_value();
  Require(memory.ReadOrZero(address, other) == read);
  Require(!read || one == other);
  const auto number = memory.Number(address, 8);
  Require(!read || number.has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto end = std::min(input.find('\0'), input.size());
  const kdumpd::Vmcoreinfo notes(input.substr(0, end));
  const std::string_view bytes = input.substr(std::min(end + 1, input.size()));
  RepeatedMemory memory(bytes, data[0]);
  const kdumpd::PhysicalRead physical = [&](std::uint64_t address, std::span<std::byte> out) {
    return memory.ReadPhysical(address, out);
  };
  const auto opened = kdumpd::VirtualMemory::Open(memory, notes);
  for (const std::uint64_t address :
       {notes.Symbol("init_uts_ns").value_or(0), notes.Symbol("prb").value_or(1ULL << 63),
        ~std::uint64_t{0}, std::uint64_t{0xffff888000001ffb}}) {
    CheckTranslation(kdumpd::TranslateX86(notes, physical, notes.Number("phys_base").value_or(0)),
                     address, memory);
    CheckTranslation(kdumpd::TranslateArm64(notes, physical), address, memory);
    CheckTranslation(kdumpd::TranslateArm64ByLayout(notes), address, memory);
    CheckTranslation(kdumpd::TranslateS390(notes), address, memory);
    CheckTranslation(kdumpd::TranslatePpc64(notes), address, memory);
    if (opened) CheckMemory(*opened, address);
  }
  return 0;
}
