// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/crash_record.h"
#include "daemon/core/dump.h"
#include "daemon/core/facts.h"
#include "daemon/core/state.h"

namespace kdumpd {

// A dump that is there, what is remembered of one, or both. Borrowed from a State.
struct Crash {
  const Dump* dump = nullptr;
  const CrashRecord* record = nullptr;

  // As it is, else as it was last seen: gone, or where nobody can look now.
  [[nodiscard]] Dump Last() const;
  [[nodiscard]] std::int64_t time() const {
    return dump != nullptr ? dump->crash_time : record->crash_time;
  }
};

// What it is called: as its record is; of a historic dump without one, as that would be, since
// somebody may ask for it. "" of a dump that has none and may not be asked for.
[[nodiscard]] std::string IdOf(const State& state, const Crash& crash);

// Every dump and every record, the newest crash first.
[[nodiscard]] std::vector<Crash> CrashesOf(const State& state);

// How the boot that this crash ended did; null when that is not on record.
[[nodiscard]] const BootRecord* BootOf(const State& state, const CrashRecord& crash);

// The records as a look makes them that has no right to write: what it finds moved, changed or gone
// shows; what is new has no record yet. `facts`: their dumps are judged by the records too.
[[nodiscard]] std::vector<CrashRecord> RecordsAsSeen(std::span<const CrashRecord> records,
                                                     Facts& facts);

// The ids of those that begin so, the newest crash first; the whole id is one.
[[nodiscard]] std::vector<std::string> WithPrefix(const State& state, std::string_view prefix);

}  // namespace kdumpd
