// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/flattened.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "daemon/core/dump_magic.h"
#include "daemon/core/text.h"
#include "daemon/vmcore/read_ahead.h"

namespace kdumpd {
namespace {

// struct makedumpfile_header, then struct makedumpfile_data_header before each payload.
constexpr std::uint64_t kRecords = 4096;
constexpr std::size_t kRecordHeader = 16;
constexpr std::uint64_t kEndMarker = std::numeric_limits<std::uint64_t>::max();
// makedumpfile writes pieces of some 64 KiB; its notes may be 64 MiB.
constexpr std::uint64_t kMaxRecordBytes = 1 << 30;
constexpr std::uint64_t kMaxFileBytes = std::numeric_limits<std::int64_t>::max();

Wholeness Cut(std::uint64_t have, std::optional<std::uint64_t> needs) {
  auto end = Judge(DumpState::kTruncated, "end_marker_missing",
                   Cat("the flattened stream ends at ", have, " bytes without its end marker"));
  end.needs_bytes = needs;
  return end;
}

Wholeness Invalid(std::uint64_t at, std::string_view what) {
  return Judge(DumpState::kDamaged, "record_invalid", Cat("at byte ", at, ": ", what));
}

}  // namespace

// A hop from record to record.
class FlattenedRecords {
 public:
  using Piece = FlattenedBytes::Piece;

  FlattenedRecords(const ByteSource& file, std::vector<Piece>& extents)
      : ahead_(file), total_(file.Size()), extents_(&extents) {
    // Only what is written to becomes resident, and nothing is copied to make room.
    extents.reserve(std::min(total_ / (kRecordHeader + 1) + 1, FlattenedBytes::kMaxRecords));
  }

  // How the stream ends, in the end.
  Wholeness HopAll(const Progress& progress) {
    for (;;) {
      if (auto end = Hop()) return *end;
      if (progress && TimeToTell() && !progress(at_, total_)) {
        return Judge(DumpState::kUnknown, "budget", Cat("stopped at byte ", at_));
      }
    }
  }

 private:
  // Soon for one who wants the first few only, then each thousand or so.
  [[nodiscard]] bool TimeToTell() const { return records_ % 1024 == 0 || records_ == 64; }

  std::optional<Wholeness> Hop() {
    const auto head = ahead_.At(at_, kRecordHeader);
    if (!head) return Judge(DumpState::kUnknown, "read_failed", head.error().message);
    if (head->size() < kRecordHeader) return Cut(total_, std::nullopt);
    const std::uint64_t start = Number(*head, 0, 8, Endian::kBig);
    const std::uint64_t size = Number(*head, 8, 8, Endian::kBig);
    const std::uint64_t payload = at_ + kRecordHeader;
    const std::uint64_t room = total_ > payload ? total_ - payload : 0;
    if (start == kEndMarker && size == kEndMarker) return End(room);
    if (size == 0 || size > kMaxRecordBytes)
      return Invalid(at_, Cat("a record of ", size, " bytes"));
    if (start > kMaxFileBytes - size) return Invalid(at_, Cat("a record for byte ", start));
    if (!Take({start, std::min(size, room), payload})) {
      return Judge(DumpState::kUnknown, "too_many_records",
                   Cat("more than ", FlattenedBytes::kMaxRecords, " records or ",
                       FlattenedBytes::kMaxStreamBytes, " bytes of them"));
    }
    at_ = payload + size;  // far below 2^64
    if (size > room) return Cut(total_, at_ + kRecordHeader);
    return std::nullopt;
  }

  // False when there is no room for it.
  bool Take(Extent record) {
    const std::uint64_t pieces = record.size / Piece::kMaxBytes + 1;
    if (extents_->size() + pieces > FlattenedBytes::kMaxRecords) return false;
    if (record.at + record.size > FlattenedBytes::kMaxStreamBytes) return false;
    ++records_;
    while (record.size > 0) {
      const std::uint64_t size = std::min(record.size, Piece::kMaxBytes);
      extents_->push_back(Piece::Of({record.start, size, record.at}));
      record.Keep(record.start + size, record.end());
    }
    return true;
  }

  [[nodiscard]] Wholeness End(std::uint64_t rest) const {
    if (rest > 0) return Invalid(at_, Cat(rest, " bytes after the end marker"));
    return Judge(DumpState::kComplete, "end_marker_found",
                 Cat("the end marker closes ", records_, " records"));
  }

  ReadAhead ahead_;
  std::uint64_t total_;
  std::vector<Piece>* extents_;
  std::uint64_t records_ = 0;
  std::uint64_t at_ = kRecords;
};

std::expected<FlattenedBytes, Wholeness> FlattenedBytes::Index(const ByteSource& file,
                                                               const Progress& progress) {
  std::byte head[32];
  const auto got = file.ReadSome(0, head);
  if (!got) {
    return std::unexpected(Judge(DumpState::kUnknown, "read_failed", got.error().message));
  }
  if (file.Size() < kRecords + kRecordHeader || *got < sizeof head) {
    return std::unexpected(Judge(DumpState::kTruncated, "header_cut",
                                 "the flattened file ends before its first record"));
  }
  const bool known = FormatOf(head) == DumpFormat::kFlattened &&
                     Number(head, 16, 8, Endian::kBig) == 1 &&  // type
                     Number(head, 24, 8, Endian::kBig) == 1;    // version
  if (!known) {
    return std::unexpected(Judge(DumpState::kDamaged, "header_invalid",
                                 "the header of the flattened file is of no known type"));
  }
  FlattenedBytes flattened(file);
  flattened.end_ = FlattenedRecords(file, flattened.extents_).HopAll(progress);
  for (const Piece& piece : flattened.extents_) {
    flattened.size_ = std::max(flattened.size_, piece.end());
  }
  // A later record lies further behind, and is the one that is seen.
  const auto later = [](const Piece& a, const Piece& b) { return a.at() > b.at(); };
  if (!MakeDisjoint(flattened.extents_, later, kMaxRecords)) {
    return std::unexpected(Judge(DumpState::kUnknown, "too_many_records",
                                 Cat("more than ", kMaxRecords, " pieces of records")));
  }
  return flattened;
}

Result<std::size_t> FlattenedBytes::ReadSome(std::uint64_t offset, std::span<std::byte> out) const {
  if (offset >= size_) return 0;
  const std::size_t wanted = std::min<std::uint64_t>(out.size(), size_ - offset);
  auto extent = ExtentAt(extents_, offset);
  for (std::size_t done = 0; done < wanted;) {
    const std::uint64_t here = offset + done;
    const std::span<std::byte> rest = out.subspan(done, wanted - done);
    // Below size_, so there is an extent that ends behind it.
    if (here < extent->start) {
      const auto hole = rest.first(std::min<std::uint64_t>(rest.size(), extent->start - here));
      std::ranges::fill(hole, std::byte{0});
      done += hole.size();
      continue;
    }
    const std::uint64_t skipped = here - extent->start;
    const auto part = rest.first(std::min<std::uint64_t>(rest.size(), extent->size() - skipped));
    const auto got = file_->ReadSome(extent->at() + skipped, part);
    if (!got) return std::unexpected(got.error());
    done += *got;
    if (*got < part.size()) return done;  // somebody has shortened the file
    if (skipped + part.size() == extent->size()) ++extent;
  }
  return wanted;
}

}  // namespace kdumpd
