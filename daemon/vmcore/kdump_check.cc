// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/kdump_check.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "daemon/core/text.h"
#include "daemon/vmcore/kdump_data_end.h"

namespace kdumpd {
namespace {

// Descriptors by one read: 240 KiB.
constexpr std::uint64_t kPiece = 10'240;
constexpr std::uint64_t kSamples = 64;
// A sample that is a page of zeros goes back by so many for one with data.
constexpr std::uint64_t kSampleReach = 170;
// Decompressed bytes between two calls of Progress: about 3 ms of zlib.
constexpr std::uint64_t kBytesPerCall = 1 << 20;

bool IsZero(Bytes page) {
  return page.front() == std::byte{0} &&
         std::memcmp(page.data(), page.data() + 1, page.size() - 1) == 0;
}

// What is wrong with a page.
struct PageFault {
  std::string_view reason;
  std::string sentence;
};

class Check {
 public:
  Check(KdumpPages& pages, const KdumpDataEnd& end, const Progress& progress)
      : pages_(pages), layout_(pages.layout()), end_(end), progress_(progress) {
    result_.level = CheckLevel::kCheap;
  }
  Wholeness Run(CheckLevel level);

 private:
  // Each comes back with false when result_ is final.
  bool CheckSamples();
  bool TakeSample(std::uint64_t index);
  bool CheckAll(CheckLevel level);
  bool TakeAll(std::uint64_t index, const PageDescriptor& page, CheckLevel level);
  bool Going(std::uint64_t done);
  bool Stop(DumpState state, std::string_view reason, std::string detail) {
    result_.state = state;
    result_.reason = reason;
    result_.detail = std::move(detail);
    return false;
  }
  bool StopUnread(const Error& error) {
    const Wholeness unread = UnreadCheck(result_.level, error);
    return Stop(unread.state, unread.reason, unread.detail);
  }

  Result<std::uint64_t> WithData(std::uint64_t index);
  Result<std::optional<PageFault>> FaultOf(const PageDescriptor& page, CheckLevel level);
  Result<std::optional<PageFault>> ContentFaultOf(const PageDescriptor& page);

  KdumpPages& pages_;
  const KdumpPageLayout& layout_;
  const KdumpDataEnd& end_;
  const Progress& progress_;
  bool zero_checked_ = false;       // the page that stands for all pages of zeros
  std::optional<PageFault> first_;  // that CheckAll found
  std::uint64_t first_index_ = 0;
  std::uint64_t bytes_since_call_ = 0;  // of Progress
  Wholeness result_;
};

bool Check::Going(std::uint64_t done) {
  if (!progress_ || progress_(done, layout_.count)) return true;
  return Stop(DumpState::kUnknown, "budget",
              Cat("stopped after ", done, " of ", layout_.count, " pages"));
}

// The nearest page at or before `index` that has data of its own; `index` when none is near.
Result<std::uint64_t> Check::WithData(std::uint64_t index) {
  const std::uint64_t lowest = index > kSampleReach ? index - kSampleReach : 0;
  for (std::uint64_t at = index;; --at) {
    const auto page = pages_.Descriptor(at);
    if (!page) return std::unexpected(page.error());
    if (!layout_.IsSharedZero(*page)) return at;
    if (at == lowest) return index;
  }
}

Result<std::optional<PageFault>> Check::ContentFaultOf(const PageDescriptor& page) {
  const bool shared = layout_.IsSharedZero(page);
  if (shared && zero_checked_) return std::nullopt;
  const auto content = pages_.Page(page);
  if (!content && content.error().code == ErrorCode::kIo) {
    return std::unexpected(content.error());
  }
  if (!content) return PageFault{"page_invalid", "does not decompress: " + content.error().message};
  bytes_since_call_ += content->size();
  const bool zero = IsZero(*content);
  if (shared) {
    zero_checked_ = zero;
    if (zero) return std::nullopt;
    return PageFault{"page_invalid", "should be the page of zeros and is not"};
  }
  if (!zero || !layout_.zero_shared) return std::nullopt;
  return PageFault{"zero_filled", "is stored as zeros, in a dump that stores no such page"};
}

Result<std::optional<PageFault>> Check::FaultOf(const PageDescriptor& page, CheckLevel level) {
  const DescriptorFault fault = pages_.Judge(page);
  if (fault != DescriptorFault::kNone) {
    return PageFault{"descriptor_invalid", std::string(Sentence(fault))};
  }
  if (level == CheckLevel::kDescriptors) return std::nullopt;
  return ContentFaultOf(page);
}

bool Check::TakeSample(std::uint64_t index) {
  const auto page = pages_.Descriptor(index);
  if (!page) return StopUnread(page.error());
  const auto fault = FaultOf(*page, CheckLevel::kSampled);
  if (!fault) return StopUnread(fault.error());
  ++result_.pages_checked;
  if (!*fault) return true;
  result_.pages_bad = 1;
  const bool descriptor = (*fault)->reason == "descriptor_invalid";
  return Stop(DumpState::kDamaged, (*fault)->reason,
              Cat(descriptor ? "the descriptor of page " : "page ", index, " of ", layout_.count,
                  " ", (*fault)->sentence));
}

bool Check::CheckSamples() {
  const std::uint64_t count = std::min(kSamples, layout_.count);
  std::optional<std::uint64_t> previous;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!Going(0)) return false;
    const std::uint64_t at = count == 1 ? 0 : i * (layout_.count - 1) / (count - 1);
    const auto index = WithData(at);
    if (!index) return StopUnread(index.error());
    if (*index == previous) continue;
    previous = *index;
    if (!TakeSample(*index)) return false;
  }
  return !end_.last_data || end_.last_data == previous || TakeSample(*end_.last_data);
}

bool Check::TakeAll(std::uint64_t index, const PageDescriptor& page, CheckLevel level) {
  const auto fault = FaultOf(page, level);
  if (!fault) return StopUnread(fault.error());
  ++result_.pages_checked;
  if (*fault) {
    ++result_.pages_bad;
    if (!first_) {
      first_ = *fault;
      first_index_ = index;
    }
  }
  if (bytes_since_call_ < kBytesPerCall) return true;
  bytes_since_call_ = 0;
  return Going(index + 1);
}

bool Check::CheckAll(CheckLevel level) {
  std::vector<PageDescriptor> piece;
  bool going = true;
  for (std::uint64_t first = 0; going && first < layout_.count; first += piece.size()) {
    going = Going(first);
    if (!going) break;
    piece.resize(std::min(kPiece, layout_.count - first));
    const auto read = pages_.Descriptors(first, piece);
    if (!read) return StopUnread(read.error());
    for (std::size_t i = 0; going && i < piece.size(); ++i) {
      going = TakeAll(first + i, piece[i], level);
    }
  }
  if (!first_) return going;
  result_.level = level;
  return Stop(DumpState::kDamaged, first_->reason,
              Cat(result_.pages_bad, " of ", result_.pages_checked, " pages are bad; page ",
                  first_index_, " ", first_->sentence));
}

// A check that is stopped has come as far as the level before.
Wholeness Check::Run(CheckLevel level) {
  constexpr std::string_view kReasons[kCheckLevels] = {"headers_checked", "data_end_checked",
                                                       "pages_sampled", "descriptors_checked",
                                                       "pages_checked"};
  bool going = true;
  if (level == CheckLevel::kSampled || level == CheckLevel::kDescriptors) {
    going = CheckSamples();
    if (result_.reason != "budget") result_.level = CheckLevel::kSampled;
  }
  if (going && level >= CheckLevel::kDescriptors) {
    result_.pages_checked = 0;
    going = CheckAll(level);
  }
  if (!going) return result_;
  result_.level = level;
  const std::uint64_t size = pages_.file_bytes();
  std::string detail = Cat(layout_.count, " pages, their data end at byte ", end_.end);
  if (level >= CheckLevel::kSampled) detail += Cat("; ", result_.pages_checked, " looked at");
  if (size > end_.end) detail += Cat("; ", size - end_.end, " bytes follow");
  Stop(DumpState::kComplete, kReasons[static_cast<int>(level)], std::move(detail));
  return result_;
}

}  // namespace

Wholeness CheckKdumpPages(KdumpPages& pages, std::uint64_t end, CheckLevel level,
                          const Progress& progress) {
  const auto data_end = FindDataEnd(pages, end, progress, level >= CheckLevel::kDescriptors);
  Wholeness result = data_end ? Check(pages, *data_end, progress).Run(level) : data_end.error();
  result.pages = pages.layout().count;
  return result;
}

Wholeness StoppedCheck(CheckLevel level) {
  return Judge(DumpState::kUnknown, "budget", "stopped before the end", level);
}

Wholeness UnreadCheck(CheckLevel level, const Error& error) {
  // A flattened file may end before it has written all of what it describes.
  if (error.code == ErrorCode::kNotFound) {
    return Judge(DumpState::kTruncated, "metadata_cut", "not in the file: " + error.message, level);
  }
  return Judge(DumpState::kUnknown, "read_failed", "reading the dump: " + error.message, level);
}

}  // namespace kdumpd
