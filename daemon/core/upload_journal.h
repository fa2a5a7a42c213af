// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/field_line.h"
#include "daemon/core/upload.h"

// The journal of one upload, of one crash to one destination: a text to which a line is added, and
// brought to disk, at each step that must not be forgotten. Whoever reads it knows where to go on.
// A last line that was cut off did not happen. It holds the file keys of objects that are still
// being sent, so it is for nobody else to read.
namespace kdumpd {

inline constexpr std::uint64_t kMostJournalBytes = 8 << 20;  // 10,000 parts have 2 MiB

// One part of a multipart upload that the store has taken.
struct UploadedPart {
  std::uint64_t bytes = 0;
  std::string etag;    // as the store said it, without quotes
  std::string sha256;  // of the stored bytes
};

// How an object is made from its file. Nobody can make the same bytes without it.
struct UploadPlan {
  UploadMark mark;                 // of the file
  std::uint64_t stored_bytes = 0;  // of the object
  std::uint64_t part_bytes = 0;    // 0: in one piece
  std::string age_header;          // the bytes before the payload; "" in the clear
  std::string file_key;            // 16 bytes; "" in the clear
  std::string recipients;          // for whom, as they were configured; "" in the clear
  std::string nonce;               // of the payload, 16 bytes

  friend bool operator==(const UploadPlan&, const UploadPlan&) = default;
};

// What the journal says of one object ("vmcore.age").
struct ObjectJournal {
  std::optional<UploadPlan> plan;
  std::string upload_id;  // of a multipart upload; "" none
  std::map<std::uint32_t, UploadedPart> parts;
  std::vector<std::string> stale_uploads;  // ids that were begun and are not wanted any more
  std::uint64_t sent = 0;                  // bytes that the store has taken, as far as is known
  std::int64_t sent_at = 0;                // when that was said
  std::int64_t begun_at = 0;               // when this way of sending it began
  std::string restarted;                   // why it was begun anew the last time; "" it was not
  std::optional<StoredObject> stored;      // proven
};

// The whole picture, as far as the text says it.
struct UploadJournal {
  std::map<std::string, ObjectJournal, std::less<>> objects;
  [[nodiscard]] const ObjectJournal* Find(std::string_view object) const;
};
// Nothing in the text is trusted: a line that makes no sense ends what is believed. Returns how
// many bytes are whole lines that do; what follows is to be cut off before anything is added.
std::size_t AddToJournal(std::string_view text, UploadJournal& journal);
[[nodiscard]] UploadJournal ParseUploadJournal(std::string_view text);

// The lines, each with its '\n'. `object`: a name of the layout ([a-z0-9.-]).
[[nodiscard]] std::string PlanLine(std::string_view object, const UploadPlan& plan,
                                   std::int64_t now);
[[nodiscard]] std::string UploadIdLine(std::string_view object, std::string_view id);
[[nodiscard]] std::string PartLine(std::string_view object, std::uint32_t number,
                                   const UploadedPart& part);
// Need not be on disk: progress.
[[nodiscard]] std::string SentLine(std::string_view object, std::uint64_t bytes, std::int64_t now);
[[nodiscard]] std::string StoredLine(std::string_view object, const StoredObject& stored);
// All that was said of it is void; its multipart upload is stale. `why`: a stable code.
[[nodiscard]] std::string RestartLine(std::string_view object, std::string_view why);
// What was proven, as fields of a line; nothing when they do not say so.
[[nodiscard]] std::optional<StoredObject> StoredFrom(const Fields& fields);
[[nodiscard]] FieldLine AddStored(FieldLine line, const StoredObject& stored);
// A stale upload is gone from the store.
[[nodiscard]] std::string AbortedLine(std::string_view object, std::string_view id);

}  // namespace kdumpd
