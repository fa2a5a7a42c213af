// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/notes.h"

#include <algorithm>
#include <string_view>

#include "daemon/core/text.h"
#include "daemon/vmcore/read_ahead.h"

namespace kdumpd {
namespace {

constexpr std::size_t kNoteHeader = 12;
constexpr std::size_t kLongestName = 16;  // of a note that means something here
constexpr std::uint64_t kPrstatus = 1;    // NT_PRSTATUS
constexpr std::uint64_t kAuxv = 6;        // NT_AUXV

constexpr std::uint64_t Padded(std::uint64_t size) { return (size + 3) & ~std::uint64_t{3}; }

struct Note {
  std::string_view name;  // "" for a longer one
  std::uint64_t type = 0;
  std::uint64_t description = 0;  // where it is
  std::uint64_t size = 0;         // of the description
};

// `head`: the header and as much of the name as there is. 32-bit sizes: no sum overflows.
Note ParseNote(Bytes head, std::uint64_t at, Endian endian) {
  const std::uint64_t name_size = Number(head, 0, 4, endian);
  Note note;
  note.size = Number(head, 4, 4, endian);
  note.type = Number(head, 8, 4, endian);
  note.description = at + kNoteHeader + Padded(name_size);
  const Bytes name = head.subspan(kNoteHeader);
  if (name_size <= name.size()) {
    note.name = {reinterpret_cast<const char*>(name.data()), name_size};
    note.name = note.name.substr(0, note.name.find('\0'));
  }
  return note;
}

// The text ends with the description or at its first NUL.
Result<std::string> ReadText(const ByteSource& bytes, const Note& note) {
  std::string text(std::min<std::uint64_t>(note.size, kMaxVmcoreinfoBytes), '\0');
  const auto read = bytes.Read(note.description, std::as_writable_bytes(std::span(text)));
  if (!read) return std::unexpected(read.error());
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

Result<void> Take(const ByteSource& bytes, const Note& note, Notes& notes) {
  if (note.name == "CORE" && note.type == kPrstatus) ++notes.cpus;
  if (note.name == "CORE" && note.type == kAuxv) notes.process = true;
  if (note.name != "VMCOREINFO" || !notes.vmcoreinfo.empty()) return {};
  auto text = ReadText(bytes, note);
  if (!text) return std::unexpected(text.error());
  notes.vmcoreinfo = std::move(*text);
  return {};
}

}  // namespace

Result<Notes> ReadNotes(const ByteSource& bytes, std::uint64_t offset, std::uint64_t size,
                        Endian endian) {
  if (size > kMaxNoteBytes) return Fail(ErrorCode::kTooLarge, Cat("notes of ", size, " bytes"));
  const auto wanted_end = CheckedAdd(offset, size);
  if (!wanted_end) return Fail(ErrorCode::kInvalid, "notes past any offset");
  const std::uint64_t end = std::min(*wanted_end, bytes.Size());
  Notes notes;
  notes.valid = end == *wanted_end;
  ReadAhead ahead(bytes);
  for (std::uint64_t at = offset; at < end;) {
    const auto head = ahead.At(at, std::min<std::uint64_t>(kNoteHeader + kLongestName, end - at));
    if (!head) return std::unexpected(head.error());
    const Note note = head->size() < kNoteHeader ? Note{} : ParseNote(*head, at, endian);
    const bool cut =
        note.description == 0 || note.description > end || note.size > end - note.description;
    if (cut) {
      // A few bytes of padding are no note.
      const bool padding = std::ranges::all_of(*head, [](auto b) { return b == std::byte{0}; });
      notes.valid = notes.valid && head->size() < kNoteHeader && padding;
      break;
    }
    const auto taken = Take(bytes, note, notes);
    if (!taken) return std::unexpected(taken.error());
    at = note.description + Padded(note.size);
  }
  return notes;
}

}  // namespace kdumpd
