// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/inspect.h"

#include <algorithm>
#include <string>
#include <vector>

#include "daemon/core/dump_magic.h"
#include "daemon/core/inspect_wire.h"
#include "daemon/core/kernel_log_text.h"
#include "daemon/core/text.h"
#include "daemon/vmcore/flattened.h"
#include "daemon/vmcore/inspect_log.h"
#include "daemon/vmcore/virtual_memory.h"
#include "daemon/vmcore/vmcoreinfo.h"

namespace kdumpd {
namespace {

constexpr std::size_t kLogBatch = 60 << 10;

Result<Bytes> ReadHead(const ByteSource& bytes, std::span<std::byte> head) {
  const auto got = bytes.ReadSome(0, head);
  if (!got) return std::unexpected(got.error());
  return Bytes(head).first(*got);
}

Opened OpenDump(const ByteSource& bytes) {
  std::byte buffer[16];
  const auto head = ReadHead(bytes, buffer);
  if (!head) {
    return std::unexpected(Judge(DumpState::kUnknown, "read_failed", head.error().message));
  }
  const DumpFormat format = FormatOf(*head);
  if (format == DumpFormat::kElf) return OpenElf(bytes);
  if (format == DumpFormat::kKdump) return OpenKdump(bytes);
  return std::unexpected(
      Judge(DumpState::kDamaged, "header_invalid", "what the stream describes is no dump"));
}

// What a header says counts before what the kernel's notes say.
void TakeFacts(const ContainerFacts& facts, const Vmcoreinfo& notes, Inspection& inspection) {
  const auto text = [&](const std::string& header, std::string_view key) {
    return header.empty() ? std::string(notes.Text(key)) : header;
  };
  inspection.format = facts.format;
  inspection.compression = facts.compression;
  inspection.header_version = facts.header_version;
  inspection.dump_level = facts.dump_level;
  inspection.page_size = facts.page_size != 0 ? facts.page_size : notes.Decimal("PAGESIZE");
  inspection.erased = facts.erased;
  inspection.split = facts.split;
  inspection.architecture = facts.machine;
  inspection.kernel_release = text(facts.release, "OSRELEASE");
  inspection.kernel_version = facts.version;
  inspection.node = facts.node;
  inspection.build_id = notes.Text("BUILD-ID");
  inspection.crash_time = facts.crash_time;
  if (const auto time = notes.Decimal("CRASHTIME"); time && !inspection.crash_time) {
    inspection.crash_time = static_cast<std::int64_t>(*time);
  }
  inspection.cpus = facts.cpus;
}

// The oldest go when the lines would be more than may be told: prefixes and escapes can make twenty
// times the bytes of a text. What crashed stands at the end.
void KeepNewest(KernelLog& log) {
  constexpr std::size_t kNeverTooMuch = 1 << 20, kMost = kMaxLogBytes - kMaxLogFrame;
  std::size_t text = 0, lines = 0, first = log.records.size();
  for (const LogRecord& record : log.records) text += record.text.size();
  if (text <= kNeverTooMuch) return;
  for (std::string line; first > 0; --first) {
    line.clear();
    AppendLines(log.records[first - 1], line);
    lines += line.size();
    if (lines > kMost) break;
  }
  if (first == 0) return;
  log.records.erase(log.records.begin(), log.records.begin() + static_cast<std::ptrdiff_t>(first));
  log.facts.dropped_older += first;
  log.facts.records = log.records.size();
  if (log.facts.first_sequence) log.facts.first_sequence = log.records.front().sequence;
}

// Lines go out in batches, records are let go on the way.
void Tell(KernelLog log, const InspectOptions& options) {
  const auto& line = options.line;
  std::string batch, lines;
  for (LogRecord& record : log.records) {
    lines.clear();
    AppendRecord(record, lines);
    if (options.record) options.record(lines);
    if (!line) continue;
    lines.clear();
    AppendLines(record, lines);
    record.text = {};
    if (batch.size() + lines.size() > kLogBatch && !batch.empty()) {
      line(batch);
      batch.clear();
    }
    batch += lines;
  }
  if (line && !batch.empty()) line(batch);
}

void ReadMemory(Container& container, const Vmcoreinfo& notes, const InspectOptions& options,
                Inspection& inspection) {
  const auto refuse = [&](const std::string& why) {
    inspection.translation = why;
    inspection.log = {};
    inspection.log.reason = "no_translation";
    inspection.log.detail = why;
  };
  if (notes.empty()) return refuse("there is no VMCOREINFO in it");
  const auto memory = VirtualMemory::Open(container, notes);
  if (!memory) return refuse(memory.error().message);
  if (inspection.node.empty()) inspection.node = memory->node();
  if (inspection.kernel_version.empty()) inspection.kernel_version = memory->version();
  if (options.log.records == 0) {
    inspection.translation = memory->unproven();
    return;
  }
  KernelLog log = ReadKernelLog(*memory, notes, options.log);
  KeepNewest(log);
  inspection.log = log.facts;
  // Descriptors and text blocks name each other: chance does not make a record.
  if (log.records.empty() && !memory->unproven().empty()) return refuse(memory->unproven());
  Tell(std::move(log), options);
}

// The log comes first, of a dump that is not whole too: it is what people need most.
void LookInto(Container& container, const InspectOptions& options, Inspection& inspection) {
  const Vmcoreinfo notes(container.facts().vmcoreinfo);
  TakeFacts(container.facts(), notes, inspection);
  ReadMemory(container, notes, options, inspection);
  inspection.wholeness = container.Check(options.level, options.progress);
}

void LookIntoPlain(std::span<const ByteSource* const> files, const InspectOptions& options,
                   Inspection& inspection) {
  Opened container = OpenDump(*files.front());
  if (container && (*container)->facts().split) {
    container = OpenSplitSet({files.begin(), files.end()});
    if (container) inspection.bytes = (*container)->facts().set_bytes;
  }
  if (container) return LookInto(**container, options, inspection);
  inspection.wholeness = container.error();
  // By its magic it might have been one.
  if (container.error().reason == "not_a_dump") inspection.format = DumpFormat::kOther;
}

// How the stream ended is the cause of whatever is missing inside.
Wholeness Combine(const Wholeness& stream, Wholeness inner) {
  const bool whole = stream.state == DumpState::kComplete;
  if (whole && (inner.state != DumpState::kComplete || inner.level >= CheckLevel::kCheap)) {
    return inner;
  }
  inner.state = stream.state;
  inner.reason = stream.reason;
  inner.detail = stream.detail;
  inner.needs_bytes = stream.needs_bytes;
  return inner;
}

bool EndsWithMarker(const ByteSource& file) {
  std::byte tail[kDumpTailBytes];
  return file.Size() >= sizeof tail && file.Read(file.Size() - sizeof tail, tail) &&
         std::ranges::all_of(tail, [](std::byte b) { return b == std::byte{0xff}; });
}

// From the first records and the last bytes alone, where the facts are there: makedumpfile writes
// an ELF's program headers last. False: they are not. `most`: calls of Progress before it ends.
bool LookIntoEnds(const ByteSource& file, int most, CheckLevel level, Inspection& inspection) {
  int told = 0;
  const auto stream = FlattenedBytes::Index(file, [&](auto, auto) { return ++told < most; });
  if (!stream || stream->end().reason != "budget") return false;
  const Opened container = OpenDump(*stream);
  if (!container || (*container)->facts().vmcoreinfo.empty()) return false;
  if ((*container)->facts().split) return false;
  TakeFacts((*container)->facts(), Vmcoreinfo((*container)->facts().vmcoreinfo), inspection);
  inspection.translation = "not tried: it needs an index of the whole flattened file";
  if (!EndsWithMarker(file)) {
    inspection.wholeness = Judge(DumpState::kTruncated, "end_marker_missing",
                                 "the flattened stream ends without its end marker", level);
    return true;
  }
  const Wholeness inner = (*container)->Check(CheckLevel::kHeaders, {});
  const bool says_so = inner.state == DumpState::kIncomplete;
  inspection.wholeness =
      says_so
          ? inner
          : Judge(DumpState::kComplete, "end_marker_found",
                  "headers and end marker are there, what lies between was not looked at", level);
  return true;
}

void LookIntoFlattened(const ByteSource& file, const InspectOptions& options,
                       Inspection& inspection) {
  inspection.container = "flattened";
  if (options.level <= CheckLevel::kCheap && options.log.records == 0) {
    // 64 records, else 31 thousand: that is beyond the bitmaps of a host with 1 TiB.
    for (const int most : {1, 32}) {
      if (LookIntoEnds(file, most, options.level, inspection)) return;
    }
  }
  const auto stream = FlattenedBytes::Index(file, options.progress);
  if (!stream) {
    inspection.wholeness = stream.error();
    return;
  }
  Opened container = OpenDump(*stream);
  if (container && (*container)->facts().split) container = OpenSplitSet({&*stream});
  if (container) {
    LookInto(**container, options, inspection);
  } else {
    inspection.wholeness = container.error();
  }
  inspection.wholeness = Combine(stream->end(), std::move(inspection.wholeness));
}

Wholeness JudgeNoDump(Bytes head, std::uint64_t bytes, std::string_view container) {
  if (bytes == 0) return Judge(DumpState::kTruncated, "empty", "the file is empty");
  if (!container.empty()) {
    return Judge(DumpState::kUnknown, "compressed_container",
                 Cat("compressed as a whole by ", container, ": unpack it to look inside"));
  }
  if (IsZeroFilled(head)) {
    return Judge(DumpState::kDamaged, "zero_filled", "zeros where the header of a dump should be");
  }
  if (IsCollectorsRefusal(head, bytes)) {
    return Judge(DumpState::kIncomplete, "collector_refused", "makedumpfile's words, and no dump");
  }
  return Judge(DumpState::kUnknown, "not_a_dump", "no dump begins like this");
}

}  // namespace

Inspection Inspect(std::span<const ByteSource* const> files, const InspectOptions& options) {
  if (files.empty()) return Uninspected(0, "no_files", "there is nothing to look at");
  const ByteSource& first = *files.front();
  std::byte buffer[std::max(kDumpHeadBytes, kLogHeadBytes)];
  const auto head = ReadHead(first, buffer);
  if (!head) return Uninspected(first.Size(), "read_failed", head.error().message);
  if (LooksLikeKernelLog(
          std::string_view(reinterpret_cast<const char*>(head->data()), head->size())))
    return InspectLog(first, options);
  NewestText newest;
  InspectOptions heard = options;
  heard.record = [&newest](std::string_view lines) { newest.Take(lines); };
  Inspection inspection;
  inspection.bytes = first.Size();
  inspection.format = FormatOf(*head);
  switch (inspection.format) {
    case DumpFormat::kKdump:
    case DumpFormat::kElf:
      LookIntoPlain(files, heard, inspection);
      break;
    case DumpFormat::kFlattened:
      LookIntoFlattened(first, heard, inspection);
      break;
    default:
      inspection.container = ContainerOf(*head);
      inspection.wholeness = JudgeNoDump(*head, inspection.bytes, inspection.container);
  }
  TakeCrash(newest.text(), inspection);
  return inspection;
}

}  // namespace kdumpd
