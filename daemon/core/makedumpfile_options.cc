// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/makedumpfile_options.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace kdumpd {
namespace {

struct ShortOption {
  char letter;
  bool argument;
  DumpOption option = DumpOption::kOther;
};
constexpr ShortOption kShortOptions[] = {
    {'b', true},
    {'c', false, DumpOption::kZlib},
    {'D', false, DumpOption::kPointless},
    {'d', true, DumpOption::kDumpLevel},
    {'e', false, DumpOption::kExcludeUnusedVmemmap},
    {'E', false, DumpOption::kElf},
    {'F', false, DumpOption::kFlatten},
    {'f', false},
    {'g', true, DumpOption::kNoDump},
    {'h', false, DumpOption::kNoDump},
    {'i', true, DumpOption::kVmcoreinfo},
    {'l', false, DumpOption::kLzo},
    {'L', true},
    {'p', false, DumpOption::kSnappy},
    {'R', false, DumpOption::kNoDump},
    {'v', false, DumpOption::kNoDump},
    {'X', false},
    {'x', true, DumpOption::kVmlinux},
    {'z', false, DumpOption::kZstd},
};

struct LongOption {
  std::string_view name;
  bool argument;
  DumpOption option = DumpOption::kOther;
};
constexpr LongOption kLongOptions[] = {
    {"split", false, DumpOption::kSplit},
    {"reassemble", false, DumpOption::kNoDump},
    {"xen-syms", true},
    {"xen-vmcoreinfo", true},
    {"xen_phys_start", true},
    {"message-level", true, DumpOption::kMessageLevel},
    {"vtop", true},
    {"dump-dmesg", false, DumpOption::kDmesgOnly},
    {"partial-dmesg", false, DumpOption::kDmesgOnly},
    {"config", true, DumpOption::kFilter},
    {"help", false, DumpOption::kNoDump},
    {"diskset", true, DumpOption::kSplit},
    {"cyclic-buffer", true},
    {"eppic", true, DumpOption::kEppic},
    {"extension", true},
    {"non-mmap", false},
    {"mem-usage", false, DumpOption::kNoDump},
    {"splitblock-size", true},
    {"work-dir", true, DumpOption::kWorkDirectory},
    {"num-threads", true, DumpOption::kThreads},
    {"check-params", false, DumpOption::kNoDump},
    {"dry-run", false, DumpOption::kNoDump},
    {"show-stats", false},
};

class Scanner {
 public:
  explicit Scanner(std::span<const std::string_view> words) : words_(words) {}

  std::vector<OptionUse> Scan() {
    bool options = true;
    while (next_ < words_.size()) {
      const std::string_view word = words_[next_++];
      if (options && word == "--") {
        options = false;
      } else if (options && word.starts_with("--")) {
        ScanLong(word);
      } else if (options && word.starts_with('-') && word.size() > 1) {
        ScanCluster(word);
      } else {
        Add(DumpOption::kOperand, word);
      }
    }
    return std::move(uses_);
  }

 private:
  void Add(DumpOption option, std::string_view word, std::string_view value = {}) {
    uses_.push_back({option, word, value});
  }

  // The next word is the argument, whatever it looks like.
  void AddWithNext(DumpOption option, std::string_view word) {
    if (next_ < words_.size()) {
      Add(option, word, words_[next_++]);
    } else {
      Add(DumpOption::kNoArgument, word);
    }
  }

  void ScanLong(std::string_view word) {
    const auto equals = word.find('=');
    const std::string_view name = word.substr(2, equals == word.npos ? word.npos : equals - 2);
    const LongOption* found = nullptr;
    for (const LongOption& option : kLongOptions) {
      if (!option.name.starts_with(name)) continue;
      if (found != nullptr && option.name != name) {
        Add(DumpOption::kAmbiguous, word);
        return;
      }
      found = &option;
      if (option.name == name) break;
    }
    if (found == nullptr) {
      Add(DumpOption::kUnknown, word);
    } else if (equals == word.npos) {
      found->argument ? AddWithNext(found->option, word) : Add(found->option, word);
    } else {
      Add(found->argument ? found->option : DumpOption::kHasArgument, word,
          word.substr(equals + 1));
    }
  }

  void ScanCluster(std::string_view word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const auto* option = std::ranges::find(kShortOptions, word[i], &ShortOption::letter);
      if (option == std::end(kShortOptions)) {
        Add(DumpOption::kUnknown, word);
        return;
      }
      if (!option->argument) {
        Add(option->option, word);
      } else {
        const std::string_view rest = word.substr(i + 1);
        rest.empty() ? AddWithNext(option->option, word) : Add(option->option, word, rest);
        return;
      }
    }
  }

  std::span<const std::string_view> words_;
  std::size_t next_ = 0;
  std::vector<OptionUse> uses_;
};

}  // namespace

std::vector<OptionUse> ReadDumpOptions(std::span<const std::string_view> words) {
  return Scanner(words).Scan();
}

}  // namespace kdumpd
