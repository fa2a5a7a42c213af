// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "daemon/core/upload.h"
#include "daemon/core/upload_journal.h"
#include "daemon/core/upload_target.h"
#include "daemon/ship/source.h"
#include "daemon/ship/transfer.h"

namespace kdumpd {

// The steps of one object that must not be forgotten: each is on disk when its function returns.
// kState: it could not be brought there; then nothing further may be sent.
class Steps {
 public:
  virtual ~Steps() = default;
  [[nodiscard]] virtual const ObjectJournal& so_far() const = 0;
  virtual Uploaded<void> BeganUpload(std::string_view upload_id) = 0;
  virtual Uploaded<void> SentPart(std::uint32_t number, const UploadedPart& part) = 0;
  virtual Uploaded<void> Aborted(std::string_view upload_id) = 0;
  virtual void Sent(std::uint64_t bytes) = 0;  // progress: of the whole object
};

// A place that holds objects under names with slashes ("rack-1/node-1/2026.../vmcore"), in one
// destination. An object of that name that is there already is replaced when, and only when, all of
// the new one is there.
class Sink {
 public:
  virtual ~Sink() = default;

  // How an object of so many bytes is cut; 0: in one piece. kConfig, kRefused: it does not fit.
  [[nodiscard]] virtual Uploaded<std::uint64_t> PartBytes(std::uint64_t bytes) const = 0;
  // Goes on where `steps` says an earlier attempt has stopped. At its end the store has said that
  // it took everything; nothing is proven.
  virtual Uploaded<void> Send(const std::string& name, Source& source, Steps& steps) = 0;
  // What the store says it holds, compared with the source: with its own digest where it has one
  // worth the name, else by reading all of it back. kMismatch: it holds something else, or nothing.
  // proof and etag of the answer are filled in; sizes and digests too.
  virtual Uploaded<StoredObject> Verify(const std::string& name, Source& source, Steps& steps) = 0;
  // Asks again, now, whether the store still holds what was proven then: size and digest. Reads
  // back where that was the proof. kMismatch says what is different.
  virtual Uploaded<void> Confirm(const std::string& name, const StoredObject& stored) = 0;
  // What earlier ways of sending this object have left on the server: gone, if that can be.
  virtual void CleanUp(const std::string& name, Steps& steps) = 0;
};

struct SinkInput {
  UploadTarget target;
  // Variables of the daemon's that name credentials (AWS_...), by name.
  std::map<std::string, std::string, std::less<>> environment;
  Pace* pace = nullptr;               // may be null
  std::function<std::int64_t()> now;  // seconds since the epoch
};
// kConfig: the URL is none of ours, or something it needs is missing.
[[nodiscard]] Uploaded<std::unique_ptr<Sink>> OpenSink(SinkInput input);
// The four kinds behind it.
[[nodiscard]] Uploaded<std::unique_ptr<Sink>> OpenS3(SinkInput input);
[[nodiscard]] Uploaded<std::unique_ptr<Sink>> OpenSftp(SinkInput input);
[[nodiscard]] Uploaded<std::unique_ptr<Sink>> OpenWeb(SinkInput input);
[[nodiscard]] Uploaded<std::unique_ptr<Sink>> OpenFiles(SinkInput input);

}  // namespace kdumpd
