// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/virtual_memory.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <string_view>
#include <utility>

#include "daemon/core/text.h"

namespace kdumpd {

namespace {

constexpr std::uint64_t kSmallestPage = 4096;
constexpr std::uint64_t kLargestPage = 64 << 10;

bool IsPageSize(std::uint64_t size) {
  return std::has_single_bit(size) && size >= kSmallestPage && size <= kLargestPage;
}

// How to translate for a machine; tried in this order until one proves itself.
struct Rule {
  std::string_view machine;
  Result<Translation> (*make)(const Vmcoreinfo& notes, const PhysicalRead& memory,
                              const ContainerFacts& facts);
  bool guess = false;  // counts for nothing unless it is proven
};
// Kernels before 4.10 do not say their phys_base. Then the container may, and it is 0 of a kernel
// that was not moved or whose virtual and physical addresses were moved together.
constexpr auto kX86 = [](const Vmcoreinfo& notes, const PhysicalRead& memory,
                         const ContainerFacts& facts) {
  const std::uint64_t container = facts.phys_base.value_or(0);
  return TranslateX86(notes, memory, notes.Number("phys_base").value_or(container));
};
constexpr auto kX86ByContainer = [](const Vmcoreinfo& notes, const PhysicalRead& memory,
                                    const ContainerFacts& facts) {
  return TranslateX86(notes, memory, facts.phys_base.value_or(0));
};
constexpr auto kX86Unmoved = [](const Vmcoreinfo& notes, const PhysicalRead& memory,
                                const ContainerFacts& /*facts*/) {
  return TranslateX86(notes, memory, 0);
};
constexpr auto kArm64 = [](const Vmcoreinfo& notes, const PhysicalRead& memory,
                           const ContainerFacts& /*facts*/) {
  return TranslateArm64(notes, memory);
};
constexpr auto kArm64ByLayout = [](const Vmcoreinfo& notes, const PhysicalRead& /*memory*/,
                                   const ContainerFacts& /*facts*/) {
  return TranslateArm64ByLayout(notes);
};
constexpr auto kPpc64 = [](const Vmcoreinfo& notes, const PhysicalRead& /*memory*/,
                           const ContainerFacts& /*facts*/) { return TranslatePpc64(notes); };
constexpr auto kS390 = [](const Vmcoreinfo& notes, const PhysicalRead& /*memory*/,
                          const ContainerFacts& /*facts*/) { return TranslateS390(notes); };
constexpr Rule kRules[] = {
    {"x86_64", kX86},
    {"x86_64", kX86ByContainer, true},
    {"x86_64", kX86Unmoved, true},
    {"aarch64", kArm64},
    {"aarch64", kArm64ByLayout},
    {"ppc64le", kPpc64},
    {"ppc64", kPpc64},
    {"s390x", kS390},
};

// struct new_utsname (include/uapi/linux/utsname.h): sysname, nodename, release, version, machine,
// domainname.
constexpr std::size_t kUtsnameField = 65;
using Utsname = std::array<char, 6 * kUtsnameField>;
constexpr std::uint64_t kMaxUtsnameOffset = 4096;

std::string_view Field(const Utsname& utsname, std::size_t number) {
  const std::string_view field(utsname.data() + number * kUtsnameField, kUtsnameField - 1);
  return field.substr(0, field.find('\0'));
}

// Where the utsname begins in a uts_namespace. Old kernels do not say: found by its first field.
Result<std::uint64_t> UtsnameOffset(const VirtualMemory& memory, std::uint64_t uts_namespace,
                                    const Vmcoreinfo& notes, bool& unread) {
  if (const auto offset = notes.Offset("uts_namespace.name")) {
    if (*offset < kMaxUtsnameOffset) return *offset;
    return Fail(ErrorCode::kInvalid, Cat("OFFSET(uts_namespace.name) is ", *offset));
  }
  std::array<char, 200> head{};
  const auto read = memory.Read(uts_namespace, std::as_writable_bytes(std::span(head)));
  unread = !read;
  if (!read) return std::unexpected(read.error());
  const auto found =
      std::string_view(head.data(), head.size()).find(std::string_view("Linux\0", 6));
  if (found == std::string_view::npos) return Fail(ErrorCode::kInvalid, "holds no utsname");
  return found;
}

// `unread`: it failed since memory could not be read, not for what was read.
Result<Utsname> ReadUtsname(const VirtualMemory& memory, std::uint64_t uts_namespace,
                            const Vmcoreinfo& notes, bool& unread) {
  const auto offset = UtsnameOffset(memory, uts_namespace, notes, unread);
  if (!offset) return std::unexpected(offset.error());
  Utsname utsname{};
  const auto read =
      memory.Read(uts_namespace + *offset, std::as_writable_bytes(std::span(utsname)));
  unread = !read;
  if (!read) return std::unexpected(read.error());
  return utsname;
}

// The utsname when it says that the translation is right. `missing`: it can neither say so nor deny
// it, since its page cannot be read.
Result<Utsname> Prove(const VirtualMemory& memory, const Translation& translation,
                      const Vmcoreinfo& notes, bool& missing) {
  missing = false;
  const auto address = notes.Symbol("init_uts_ns");
  if (!address) return Fail(ErrorCode::kNotFound, "SYMBOL(init_uts_ns) is not in VMCOREINFO");
  const std::string_view release = notes.Text("OSRELEASE");
  if (release.empty()) return Fail(ErrorCode::kNotFound, "OSRELEASE is not in VMCOREINFO");
  bool unread = false;
  const auto utsname = ReadUtsname(memory, *address, notes, unread);
  if (!utsname) {
    missing = unread && translation(*address).has_value();
    const bool left_out = missing && utsname.error().code == ErrorCode::kNotFound;
    return std::unexpected(left_out ? Error{ErrorCode::kNotFound, "init_uts_ns is not in the dump"}
                                    : utsname.error().In("init_uts_ns"));
  }
  if (Field(*utsname, 0) == "Linux" && Field(*utsname, 2) == release) return utsname;
  return Fail(ErrorCode::kInvalid, Cat("at init_uts_ns is not Linux ", Printable(release, 64)));
}

std::uint64_t PageSize(const ContainerFacts& facts, const Vmcoreinfo& notes) {
  if (IsPageSize(facts.page_size)) return facts.page_size;
  return notes.Decimal("PAGESIZE").value_or(kSmallestPage);
}

}  // namespace

Result<VirtualMemory> VirtualMemory::Open(Container& container, const Vmcoreinfo& notes) {
  const ContainerFacts& facts = container.facts();
  const PhysicalRead physical = [&container](std::uint64_t address, std::span<std::byte> out) {
    return container.ReadPhysical(address, out);
  };
  Error error{ErrorCode::kNotFound, Cat("no rule for machine ", Printable(facts.machine, 64))};
  std::optional<VirtualMemory> unproven;
  for (const Rule& rule : kRules) {
    if (rule.machine != facts.machine) continue;
    const auto translation = rule.make(notes, physical, facts);
    if (!translation) return std::unexpected(translation.error());
    VirtualMemory memory(*translation, physical, facts.endian, facts.word_bytes,
                         PageSize(facts, notes));
    bool missing = false;
    const auto utsname = Prove(memory, *translation, notes, missing);
    if (utsname) {
      memory.node_ = Field(*utsname, 1);
      memory.version_ = Field(*utsname, 3);
      return memory;
    }
    if (rule.guess) continue;
    error = utsname.error();
    if (missing && !unproven) unproven = std::move(memory);
  }
  if (unproven) {
    unproven->unproven_ = error.message;
    return *std::move(unproven);
  }
  return std::unexpected(std::move(error));
}

VirtualMemory::VirtualMemory(Translation translation, PhysicalRead memory, Endian endian,
                             int word_bytes, std::uint64_t page_size)
    : translation_(std::move(translation)),
      memory_(std::move(memory)),
      endian_(endian),
      word_bytes_(word_bytes),
      page_size_(IsPageSize(page_size) ? page_size : kSmallestPage) {}

Result<void> VirtualMemory::Read(std::uint64_t address, std::span<std::byte> out) const {
  if (out.empty()) return {};
  if (!CheckedAdd(address, out.size() - 1)) {
    return Fail(ErrorCode::kInvalid, "runs past the end of the address space");
  }
  while (!out.empty()) {
    const auto physical = translation_(address);
    if (!physical) return std::unexpected(physical.error());
    std::size_t size =
        std::min<std::uint64_t>(out.size(), page_size_ - (address & (page_size_ - 1)));
    // Pages that follow each other in memory too are one read.
    while (size < out.size()) {
      const auto next = translation_(address + size);
      if (!next || *next != *physical + size) break;
      size += std::min<std::uint64_t>(out.size() - size, page_size_);
    }
    const auto read = memory_(*physical, out.first(size));
    if (!read) return read;
    address += size;
    out = out.subspan(size);
  }
  return {};
}

bool VirtualMemory::ReadOrZero(std::uint64_t address, std::span<std::byte> out) const {
  if (Read(address, out)) return true;
  while (!out.empty()) {
    const std::size_t size =
        std::min<std::uint64_t>(out.size(), page_size_ - (address & (page_size_ - 1)));
    if (!Read(address, out.first(size))) std::ranges::fill(out.first(size), std::byte{});
    address += size;
    out = out.subspan(size);
    if (address == 0) break;  // the end of the address space
  }
  std::ranges::fill(out, std::byte{});
  return false;
}

Result<std::uint64_t> VirtualMemory::Number(std::uint64_t address, std::size_t size) const {
  std::array<std::byte, 8> bytes{};
  if (size < 1 || size > bytes.size()) {
    return Fail(ErrorCode::kInvalid, Cat("a number of ", size, " bytes"));
  }
  const auto read = Read(address, std::span(bytes).first(size));
  if (!read) return std::unexpected(read.error());
  return kdumpd::Number(bytes, 0, size, endian_);
}

Result<std::uint64_t> VirtualMemory::Pointer(std::uint64_t address) const {
  return Number(address, static_cast<std::size_t>(word_bytes_));
}

}  // namespace kdumpd
