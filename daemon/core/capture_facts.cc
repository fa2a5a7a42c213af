// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/capture_facts.h"

#include <algorithm>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

struct PageChoice {
  std::string_view line;
  int bytes;
};
// arch/arm64/Kconfig.
constexpr PageChoice kPageChoices[] = {
    {"CONFIG_ARM64_4K_PAGES=y", 4096},
    {"CONFIG_ARM64_16K_PAGES=y", 16384},
    {"CONFIG_ARM64_64K_PAGES=y", 65536},
};
constexpr std::string_view kVaBits = "CONFIG_ARM64_VA_BITS=";

constexpr std::string_view kVersionBegin = "makedumpfile: version ";
constexpr std::string_view kVersionEnd = " (released on ";
constexpr std::size_t kMaxVersion = 32;

// So many symbols after `_stext` leave no doubt: those of the same address stand side by side.
constexpr int kEnoughSymbols = 16;

}  // namespace

KernelLayout ParseKernelConfig(std::string_view text) {
  KernelLayout layout;
  for (std::string_view line : Lines(text)) {
    line = Trim(line);
    const auto* choice = std::ranges::find(kPageChoices, line, &PageChoice::line);
    if (choice != std::end(kPageChoices)) layout.page_bytes = choice->bytes;
    if (!line.starts_with(kVaBits)) continue;
    const auto bits = ParseUnsigned(line.substr(kVaBits.size()));
    if (bits && *bits <= 64) layout.va_bits = static_cast<int>(*bits);
  }
  return layout;
}

// print_info.c show_version.
std::string MakedumpfileVersion(std::string_view bytes) {
  for (auto at = bytes.find(kVersionBegin); at != std::string_view::npos;
       at = bytes.find(kVersionBegin, at + 1)) {
    const std::string_view rest = bytes.substr(at + kVersionBegin.size());
    const std::string_view version = rest.substr(0, rest.find_first_not_of("0123456789.+"));
    const bool digits = !version.empty() && version.front() >= '0' && version.front() <= '9';
    if (digits && version.size() <= kMaxVersion &&
        rest.substr(version.size()).starts_with(kVersionEnd)) {
      return std::string(version);
    }
  }
  return {};
}

// kernel/kallsyms.c s_show: address, type, name, and the module in brackets.
std::optional<bool> HasTextSymbol(std::string_view head) {
  int after = 0;
  bool passed = false;
  // The last line may be cut.
  head = head.substr(0, head.rfind('\n') + 1);
  while (!head.empty()) {
    const auto end = head.find('\n');
    const auto words = Words(head.substr(0, end));
    head.remove_prefix(end + 1);
    if (words.size() != 3) continue;
    if (words[2] == "_text") return true;
    if (passed && ++after >= kEnoughSymbols) return false;
    passed = passed || words[2] == "_stext";
  }
  return std::nullopt;
}

}  // namespace kdumpd
