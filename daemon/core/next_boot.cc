// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/next_boot.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "daemon/core/characters.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::string_view kSuffix = ".conf";

struct Field {
  std::string_view key;
  std::string BootEntry::* field;
};
constexpr std::array kFields{
    Field{"title", &BootEntry::title},       Field{"version", &BootEntry::version},
    Field{"linux", &BootEntry::linux_image}, Field{"options", &BootEntry::options},
    Field{"sort-key", &BootEntry::sort_key},
};

// "key value"; the value may hold blanks.
struct KeyLine {
  std::string_view key;
  std::string_view value;
};
KeyLine ParseKeyLine(std::string_view line) {
  line = Trim(line);
  if (line.starts_with('#')) return {};
  const auto end = std::min(line.find_first_of(" \t"), line.size());
  return {line.substr(0, end), Trim(line.substr(end))};
}

bool IsLetter(char c) { return IsLower(c) || IsUpper(c); }

// Takes the longest run of digits or of letters off the front.
std::string_view TakeRun(std::string_view& text, bool (*belongs)(char)) {
  std::size_t length = 0;
  while (length < text.size() && belongs(text[length])) ++length;
  const std::string_view run = text.substr(0, length);
  text.remove_prefix(length);
  return run;
}

void SkipSeparators(std::string_view& text) {
  while (!text.empty() && !IsDigit(text[0]) && !IsLetter(text[0]) && text[0] != '~') {
    text.remove_prefix(1);
  }
}

int CompareNumbers(std::string_view a, std::string_view b) {
  const auto significant = [](std::string_view digits) {
    return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
  };
  a = significant(a);
  b = significant(b);
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a.compare(b);
}

std::string_view NameOf(const BootEntry& entry) {
  const std::string_view file = entry.file;
  return file.substr(file.rfind('/') + 1);
}

// "name+LEFT-DONE.conf" with LEFT 0 has used up its attempts (Automatic Boot Assessment).
bool UsedUp(const BootEntry& entry) {
  const std::string_view id = IdOf(entry);
  const auto plus = id.rfind('+');
  if (plus == std::string_view::npos) return false;
  const std::string_view left = id.substr(plus + 1);
  return ParseUnsigned(left.substr(0, left.find('-'))) == 0U;
}

// '*' and '?' of glob(7). Linear steps back to the last '*', so at most size * size comparisons.
bool Matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  return pattern.substr(p).find_first_not_of('*') == std::string_view::npos;
}

}  // namespace

BootEntry ParseBootEntry(std::string_view text, std::string_view file) {
  BootEntry entry;
  entry.file = file;
  for (const std::string_view line : Lines(text)) {
    const auto [key, value] = ParseKeyLine(line);
    const auto known = std::ranges::find(kFields, key, &Field::key);
    if (known == kFields.end()) continue;
    std::string& field = entry.*(known->field);
    const bool joins = key == "options" && !field.empty();
    field = joins ? Cat(field, ' ', value) : std::string(value);
  }
  return entry;
}

std::string_view IdOf(const BootEntry& entry) {
  std::string_view name = NameOf(entry);
  if (name.ends_with(kSuffix)) name.remove_suffix(kSuffix.size());
  return name;
}

int CompareVersions(std::string_view a, std::string_view b) {
  for (;;) {
    SkipSeparators(a);
    SkipSeparators(b);
    const bool a_early = a.starts_with('~');
    const bool b_early = b.starts_with('~');
    if (a_early != b_early) return a_early ? -1 : 1;
    if (a_early) {
      a.remove_prefix(1);
      b.remove_prefix(1);
      continue;
    }
    if (a.empty() || b.empty()) return static_cast<int>(!a.empty()) - static_cast<int>(!b.empty());
    const bool a_number = IsDigit(a[0]);
    if (a_number != IsDigit(b[0])) return a_number ? 1 : -1;
    const auto belongs = a_number ? IsDigit : IsLetter;
    const std::string_view a_run = TakeRun(a, belongs);
    const std::string_view b_run = TakeRun(b, belongs);
    const int order = a_number ? CompareNumbers(a_run, b_run) : a_run.compare(b_run);
    if (order != 0) return order < 0 ? -1 : 1;
  }
}

void SortForGrub(std::vector<BootEntry>& entries) {
  const bool ostree = std::ranges::all_of(
      entries, [](const BootEntry& e) { return NameOf(e).starts_with("ostree-"); });
  std::ranges::sort(entries, [&](const BootEntry& a, const BootEntry& b) {
    const int order =
        ostree ? CompareVersions(a.version, b.version) : CompareVersions(IdOf(a), IdOf(b));
    return order != 0 ? order > 0 : a.file < b.file;
  });
}

void SortForSystemdBoot(std::vector<BootEntry>& entries) {
  std::ranges::sort(entries, [](const BootEntry& a, const BootEntry& b) {
    const auto rank = [](const BootEntry& e) {
      return std::tuple(UsedUp(e), e.sort_key.empty(), std::string_view(e.sort_key));
    };
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    int order = a.sort_key.empty() ? 0 : CompareVersions(a.version, b.version);
    if (order == 0) order = CompareVersions(IdOf(a), IdOf(b));
    return order != 0 ? order > 0 : a.file < b.file;
  });
}

std::optional<std::size_t> ChooseForGrub(const std::vector<BootEntry>& entries,
                                         std::string_view choice) {
  if (entries.empty()) return std::nullopt;
  const auto number = ParseUnsigned(choice);
  if (number) return *number < entries.size() ? static_cast<std::size_t>(*number) : 0;
  const auto named = std::ranges::find_if(
      entries, [&](const BootEntry& e) { return IdOf(e) == choice || e.title == choice; });
  return named == entries.end() ? 0 : static_cast<std::size_t>(named - entries.begin());
}

std::optional<std::size_t> ChooseForSystemdBoot(const std::vector<BootEntry>& entries,
                                                std::string_view pattern) {
  if (entries.empty()) return std::nullopt;
  if (pattern.empty()) return 0;
  const auto named = std::ranges::find_if(entries, [&](const BootEntry& e) {
    return Matches(pattern, NameOf(e)) || Matches(pattern, IdOf(e));
  });
  if (named == entries.end()) return std::nullopt;
  return static_cast<std::size_t>(named - entries.begin());
}

std::string LoaderSetting(std::string_view text, std::string_view key) {
  std::string found;
  for (const std::string_view line : Lines(text)) {
    const KeyLine pair = ParseKeyLine(line);
    if (pair.key == key) found = pair.value;
  }
  return found;
}

std::string ZiplSetting(std::string_view text, std::string_view key) {
  std::string found;
  bool ours = true;
  for (const std::string_view raw : Lines(text)) {
    const std::string_view line = Trim(raw);
    if (line.starts_with('[')) ours = line == "[defaultboot]";
    const auto equals = line.find('=');
    if (!ours || equals == std::string_view::npos || line.starts_with('#')) continue;
    if (Trim(line.substr(0, equals)) != key) continue;
    std::string_view value = Trim(line.substr(equals + 1));
    if (value.size() > 1 && value.starts_with('"') && value.ends_with('"')) {
      value = value.substr(1, value.size() - 2);
    }
    found = value;
  }
  return found;
}

std::string EfiName(std::string_view bytes) {
  constexpr std::size_t kAttributes = 4;
  std::string name;
  for (std::size_t i = kAttributes; i + 1 < bytes.size(); i += 2) {
    if (bytes[i] == '\0' && bytes[i + 1] == '\0') break;
    const bool ascii = bytes[i + 1] == '\0' && bytes[i] >= ' ' && bytes[i] < '\x7f';
    name += ascii ? bytes[i] : '?';
  }
  return name;
}

}  // namespace kdumpd
