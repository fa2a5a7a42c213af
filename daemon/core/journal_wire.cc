// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/journal_wire.h"

#include <algorithm>
#include <optional>

#include "daemon/core/clean_text.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::string_view kHead = "kdumpd-boots 1";
constexpr std::string_view kBoot = "boot ";
constexpr std::string_view kPanic = "panic ";
constexpr std::string_view kError = "error ";
constexpr std::string_view kDone = "done ";
constexpr std::size_t kSentenceBytes = 512;

std::unexpected<Error> Garbled(std::string_view line) {
  return Fail(ErrorCode::kInvalid, Cat("not an answer of kdumpd-boots: \"", Printable(line), '"'));
}

// As many of the newest lines as may be, each printable.
std::string CleanLines(std::string_view text) {
  std::vector<std::string> lines;
  std::size_t size = 0;
  for (std::size_t end = text.size(); !text.empty() && lines.size() < kJournalTextLines;) {
    const auto before = end == 0 ? text.npos : text.rfind('\n', end - 1);
    const std::size_t begin = before == text.npos ? 0 : before + 1;
    lines.push_back(CleanText(text.substr(begin, end - begin), kJournalLineBytes));
    size += lines.back().size() + 1;
    if (size > kJournalTextBytes + 1) {
      lines.pop_back();
      break;
    }
    if (before == text.npos) break;
    end = before;
  }
  std::string clean;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    if (line != lines.rbegin()) clean += '\n';
    clean += *line;
  }
  return clean;
}

std::optional<std::int64_t> Seconds(std::string_view word) {
  const auto number = ParseSigned(word);
  return number && *number >= 0 ? number : std::nullopt;
}

// What follows "boot ".
std::optional<JournalBoot> Boot(std::string_view text) {
  auto words = Split(text, ' ');
  JournalBoot boot;
  const auto take = [&words](std::string_view flag) {
    const bool there = words.size() > 3 && words.back() == flag;
    if (there) words.pop_back();
    return there;
  };
  boot.capture_kernel = take("capture");
  boot.shutdown = take("shutdown");
  if (words.size() != 3 || words[0].empty() || BootIdOf(words[0]) != words[0]) return std::nullopt;
  const auto first = Seconds(words[1]);
  const auto last = Seconds(words[2]);
  if (!first || !last) return std::nullopt;
  boot.boot_id = words[0];
  boot.first = *first;
  boot.last = *last;
  return boot;
}

// What follows "error ".
std::unexpected<Error> ErrorOf(std::string_view text) {
  const auto blank = text.find(' ');
  const auto code = ParseUnsigned(text.substr(0, blank));
  if (blank == text.npos || !code || *code < static_cast<unsigned>(ErrorCode::kNotFound) ||
      *code > static_cast<unsigned>(ErrorCode::kIo)) {
    return Garbled(Cat(kError, text));
  }
  return Fail(static_cast<ErrorCode>(*code), CleanText(text.substr(blank + 1), kSentenceBytes));
}

// The lines between the head and the end.
class Reader {
 public:
  // False: not understood.
  bool Take(std::string_view line) {
    if (line.starts_with(kBoot)) return Begin(line.substr(kBoot.size()));
    if (boots_.empty()) return false;
    JournalBoot& boot = boots_.back();
    if (line.starts_with('|')) {
      if (lines_++ > 0) boot.text += '\n';
      boot.text += line.substr(1);
      return lines_ <= kJournalTextLines;
    }
    if (!line.starts_with(kPanic) || !boot.panic.empty() || lines_ > 0) return false;
    boot.panic = CleanText(line.substr(kPanic.size()), kSentenceBytes);
    return !boot.panic.empty();
  }
  [[nodiscard]] std::vector<JournalBoot> Boots() {
    for (JournalBoot& boot : boots_) boot.text = CleanLines(boot.text);
    return std::move(boots_);
  }
  [[nodiscard]] std::size_t count() const { return boots_.size(); }

 private:
  bool Begin(std::string_view text) {
    auto boot = Boot(text);
    if (!boot || boots_.size() == kMostJournalBoots) return false;
    if (std::ranges::find(boots_, boot->boot_id, &JournalBoot::boot_id) != boots_.end())
      return false;
    boots_.push_back(*std::move(boot));
    lines_ = 0;
    return true;
  }

  std::vector<JournalBoot> boots_;
  std::size_t lines_ = 0;  // of the text of the last boot
};

void Append(std::string& out, const JournalBoot& boot) {
  out += Cat(kBoot, boot.boot_id, ' ', boot.first, ' ', boot.last, boot.shutdown ? " shutdown" : "",
             boot.capture_kernel ? " capture" : "", '\n');
  if (!boot.panic.empty()) out += Cat(kPanic, CleanText(boot.panic, kSentenceBytes), '\n');
  const std::string text = CleanLines(boot.text);
  if (text.empty()) return;
  for (const std::string_view line : Split(text, '\n')) out += Cat('|', line, '\n');
}

}  // namespace

std::string EncodeBoots(const Result<std::vector<JournalBoot>>& boots) {
  std::string out = Cat(kHead, '\n');
  if (!boots) {
    const Error& error = boots.error();
    return out += Cat(kError, static_cast<int>(error.code), ' ',
                      CleanText(error.message, kSentenceBytes), '\n');
  }
  const std::size_t count = std::min(boots->size(), kMostJournalBoots);
  for (std::size_t i = 0; i < count; ++i) Append(out, (*boots)[i]);
  return out += Cat(kDone, count, '\n');
}

Result<std::vector<JournalBoot>> ParseBoots(std::string_view answer) {
  const auto lines = Lines(answer);
  if (lines.size() < 2 || lines.front() != kHead || !answer.ends_with('\n')) {
    return Garbled(lines.empty() ? "" : lines.front());
  }
  const std::string_view end = lines.back();
  if (lines.size() == 2 && end.starts_with(kError)) return ErrorOf(end.substr(kError.size()));
  Reader reader;
  for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
    if (!reader.Take(lines[i])) return Garbled(lines[i]);
  }
  if (end != Cat(kDone, reader.count())) return Garbled(end);
  return reader.Boots();
}

}  // namespace kdumpd
