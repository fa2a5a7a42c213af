// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/crash_category.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "daemon/core/crash_details.h"

namespace kdumpd {
namespace {

using enum CrashCategory;
using KernelLines = std::span<const KernelLine>;

constexpr std::size_t kNearLines = 6;
constexpr std::uint64_t kFirstPage = 4096;

// A BUG or WARNING in these files says what is broken.
struct FileRule {
  std::string_view file;  // the path begins so
  CrashCategory category;
  std::string_view why;
};
constexpr std::array kFiles{
    FileRule{"lib/list_debug.c", kListCorruption, "checks every list operation"},
    FileRule{"mm/slub.c", kMemoryCorruption, "double free, a broken free list"},
    FileRule{"mm/slab", kMemoryCorruption, "the same of the other allocators"},
    FileRule{"mm/usercopy.c", kMemoryCorruption, "a copy beyond an object"},
    FileRule{"lib/refcount.c", kMemoryCorruption, "use after free, most often"},
    FileRule{"lib/string", kMemoryCorruption, "fortified string operations"},
    FileRule{"arch/x86/mm/physaddr.c", kMemoryCorruption, "the free of what is no object"},
};

// What a line near the reason makes of the category.
class Refiner {
 public:
  Refiner(KernelLines lines, const CrashReason& why) : lines_(lines), why_(why) {}

  [[nodiscard]] CrashCategory Refined() const {
    const CrashCategory category = why_.category;
    if (category == kPageFault || category == kNullDereference) return OfFault();
    if (category == kGeneralProtection) return OfGeneral();
    const bool file = category == kKernelBug || category == kWarning;
    if (!file && category != kInvalidOpcode) return category;
    const std::string_view source = SourceFile(Reason().text);
    for (const FileRule& rule : kFiles) {
      if (source.starts_with(rule.file)) return rule.category;
    }
    return SignBefore().value_or(category);
  }

 private:
  [[nodiscard]] const KernelLine& Reason() const { return lines_[why_.episode.event.line]; }

  // The address is in the line, or, on s390 and old ppc, in one of the next.
  [[nodiscard]] CrashCategory OfFault() const {
    const std::size_t end = std::min(why_.end, why_.episode.event.line + kNearLines);
    for (std::size_t i = why_.episode.event.line; i < end; ++i) {
      if (lines_[i].text.starts_with("Thread overran stack")) return kStackCorruption;
    }
    for (std::size_t i = why_.episode.event.line; i < end; ++i) {
      const auto address = FaultAddress(lines_[i].text);
      if (!address) continue;
      return *address < kFirstPage ? kNullDereference : kPageFault;
    }
    return why_.category;
  }

  // KASAN checks through a shadow: where that would be of NULL, it faults otherwise.
  [[nodiscard]] CrashCategory OfGeneral() const {
    const std::size_t end = std::min(why_.end, why_.episode.event.line + kNearLines);
    for (std::size_t i = why_.episode.event.line; i < end; ++i) {
      if (lines_[i].text.starts_with("KASAN: null-ptr-deref")) return kNullDereference;
    }
    return why_.category;
  }

  [[nodiscard]] std::optional<CrashCategory> SignBefore() const {
    const std::size_t line = why_.episode.event.line;
    const std::size_t begin = std::max(why_.boot, line > kNearLines ? line - kNearLines : 0);
    for (std::size_t i = line + 1; i-- > begin;) {
      // "refcount_t: underflow" stands behind its WARNING's first line in old kernels, else before.
      const auto sign = lines_[i].user ? std::nullopt : FindEvent(lines_[i].text);
      if (!sign || sign->weight != EventWeight::kSign) continue;
      if (sign->category == kListCorruption || sign->category == kMemoryCorruption) {
        return sign->category;
      }
    }
    return std::nullopt;
  }

  KernelLines lines_;
  const CrashReason& why_;
};

}  // namespace

CrashCategory RefinedCategory(std::span<const KernelLine> lines, const CrashReason& reason) {
  return Refiner(lines, reason).Refined();
}

}  // namespace kdumpd
