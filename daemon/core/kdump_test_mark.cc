// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/kdump_test_mark.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::array<std::string_view, kKdumpTestStatuses> kNames{"pending", "success", "fail",
                                                                  "manual"};
constexpr std::string_view kId = "kdump_test_id=";

// Seconds, '-', nanoseconds: the words of `date +%s-%N`.
std::int64_t TimeIn(std::string_view id) {
  const auto seconds = ParseUnsigned(id.substr(0, id.find('-')));
  return seconds && std::in_range<std::int64_t>(*seconds) ? static_cast<std::int64_t>(*seconds) : 0;
}

}  // namespace

std::string_view Name(KdumpTestMark::Status status) {
  return kNames[std::min<std::size_t>(static_cast<std::size_t>(status), kKdumpTestStatuses - 1)];
}

Result<KdumpTestMark> ParseKdumpTestMark(std::string_view text) {
  const auto lines = Lines(text);
  const auto words = lines.empty() ? std::vector<std::string_view>() : Words(Trim(lines.front()));
  if (words.empty()) return Fail(ErrorCode::kInvalid, "it says nothing");
  const auto* name = std::ranges::find(kNames, words.front());
  if (name == kNames.end()) {
    return Fail(ErrorCode::kInvalid, Cat("no status of a test: ", Printable(words.front(), 32)));
  }
  KdumpTestMark mark;
  mark.status = static_cast<KdumpTestMark::Status>(name - kNames.begin());
  for (const std::string_view word : words) {
    if (word.starts_with(kId)) mark.test_time = TimeIn(word.substr(kId.size()));
  }
  return mark;
}

}  // namespace kdumpd
