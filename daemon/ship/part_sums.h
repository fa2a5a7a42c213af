// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "daemon/ship/s3_parts.h"
#include "daemon/ship/source.h"

namespace kdumpd {

// The digests of the parts of an object, in their order, made on a thread of its own: as soon as
// the first of those that SumPieces takes together is on its way, the next such group is made, and
// never more, so that whoever sends them finds them in the page cache. The thread has the nice
// value and the I/O class of who makes it. Where there can be no thread the caller makes them.
class PartSums {
 public:
  PartSums(const Source& source, std::uint64_t part_bytes);
  // Stops within one piece.
  ~PartSums() = default;
  PartSums(const PartSums&) = delete;
  PartSums& operator=(const PartSums&) = delete;

  // Of the next part; not to be asked for more parts than there are. As SumPieces.
  Uploaded<PieceSums> Next();

 private:
  void Make(Source& source);  // one group
  void MakeAhead(const std::stop_token& stop);

  std::unique_ptr<Source> source_;  // the thread's
  std::uint64_t part_bytes_;
  std::uint64_t offset_ = 0;  // where the next group begins; of who makes it
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<PieceSums> made_;        // guarded
  std::size_t group_ = 0;             // guarded; how many were made last
  std::optional<UploadError> error_;  // guarded; behind what was made
  std::optional<std::jthread> thread_;
};

}  // namespace kdumpd
