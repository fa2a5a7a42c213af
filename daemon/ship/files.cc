// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>
#include <vector>

#include "daemon/core/text.h"
#include "daemon/ship/counted_source.h"
#include "daemon/ship/place.h"
#include "daemon/ship/read_back.h"
#include "daemon/ship/share.h"
#include "daemon/ship/sink.h"

namespace kdumpd {
namespace {

constexpr std::size_t kPiece = 256 << 10;
constexpr std::uint64_t kSyncEvery = 64 << 20;  // what is not on disk fills memory

std::string LastPart(std::string_view name) {
  return std::string(name.substr(name.rfind('/') + 1));  // npos + 1 is 0
}
std::string PartFile(std::string_view name) { return Cat(".", LastPart(name), ".part"); }

// Hands the first `bytes` of the file to `take`, until it says false or the file ends.
template <class Take>
Uploaded<void> ReadFile(int file, std::uint64_t bytes, const Pace* pace, Take take) {
  std::vector<std::byte> piece(kPiece);
  for (std::uint64_t at = 0; at < bytes;) {
    const std::size_t size = std::min<std::uint64_t>(kPiece, bytes - at);
    const ssize_t got = pread(file, piece.data(), size, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno("reading back");
    if (pace != nullptr) pace->Came();
    if (got == 0 || !take(std::span(piece).first(static_cast<std::size_t>(got)))) return {};
    at += static_cast<std::uint64_t>(got);
  }
  return {};
}

// What is only in this machine's memory proves nothing.
void Forget(int file) { (void)posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED); }

Uploaded<bool> SameStart(int file, std::uint64_t bytes, Source& source, const Pace* pace) {
  CompareBack compare(source, 0, bytes);
  Forget(file);
  auto read = ReadFile(file, bytes, pace, [&](auto piece) { return compare.Take(piece); });
  if (!read) return std::unexpected(read.error());
  return compare.Same();
}

Uploaded<void> IsObject(const SharedFile& file, std::uint64_t bytes, std::string_view sha256,
                        const Pace* pace) {
  if (!file.fd) return FailMissing();
  if (file.bytes != bytes) return FailSize(file.bytes, bytes);
  HashBack hash(bytes);
  Forget(file.fd.get());
  auto read = ReadFile(file.fd.get(), bytes, pace, [&](auto piece) { return hash.Take(piece); });
  return read ? hash.Is(sha256) : read;
}

// A directory on a mounted file system: an NFS share, a PersistentVolumeClaim.
class Files : public Sink {
 public:
  Files(SinkInput input, std::string path) : input_(std::move(input)), path_(std::move(path)) {}

  [[nodiscard]] Uploaded<std::uint64_t> PartBytes(std::uint64_t) const override { return 0; }
  Uploaded<void> Send(const std::string& name, Source& source, Steps& steps) override;
  Uploaded<StoredObject> Verify(const std::string& name, Source& source, Steps& steps) override;
  Uploaded<void> Confirm(const std::string& name, const StoredObject& stored) override;
  void CleanUp(const std::string& name, Steps& steps) override;

 private:
  [[nodiscard]] Uploaded<UniqueFd> Directory(const std::string& name, bool make) const;
  // None (-1) where it is not there.
  [[nodiscard]] Uploaded<SharedFile> Open(const std::string& name) const;
  // From `from` to the end, and to disk.
  Uploaded<void> Write(int file, std::uint64_t from, Source& source) const;

  SinkInput input_;
  std::string path_;
};

Uploaded<UniqueFd> Files::Directory(const std::string& name, bool make) const {
  if (auto fit = CheckObjectName(name); !fit) return std::unexpected(fit.error());
  auto share = Share::Open(path_);
  if (!share) return std::unexpected(share.error());
  return share->Directory(name, make);
}

Uploaded<SharedFile> Files::Open(const std::string& name) const {
  auto directory = Directory(name, false);
  if (!directory) return std::unexpected(directory.error());
  if (!*directory) return SharedFile{};
  return OpenShared(directory->get(), LastPart(name));
}

Uploaded<void> Files::Write(int file, std::uint64_t from, Source& source) const {
  std::vector<std::byte> piece(kPiece);
  for (std::uint64_t at = from, synced = from; at < source.bytes();) {
    std::size_t size = std::min<std::uint64_t>(kPiece, source.bytes() - at);
    if (input_.pace != nullptr) size = input_.pace->Take(size);
    if (auto read = source.Read(at, std::span(piece).first(size)); !read) return read;
    for (std::size_t done = 0; done < size;) {
      const ssize_t put =
          pwrite(file, piece.data() + done, size - done, static_cast<off_t>(at + done));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return FailErrno("writing");
      done += static_cast<std::size_t>(put);
    }
    at += size;
    if (at - synced < kSyncEvery) continue;
    if (fdatasync(file) != 0) return FailErrno("bringing it to disk");
    Forget(file);
    synced = at;
  }
  if (fsync(file) != 0) return FailErrno("bringing it to disk");
  return {};
}

Uploaded<void> Files::Send(const std::string& name, Source& source, Steps& steps) {
  auto directory = Directory(name, true);
  if (!directory) return std::unexpected(directory.error());
  // An attempt that ended between the rename and its record.
  const auto whole = OpenShared(directory->get(), LastPart(name));
  if (whole && whole->fd && whole->bytes == source.bytes()) {
    auto same = SameStart(whole->fd.get(), whole->bytes, source, input_.pace);
    if (!same) return std::unexpected(same.error());
    if (*same) {
      steps.Sent(source.bytes());
      return {};
    }
  }
  const std::string part = PartFile(name);
  auto file = OpenPart(directory->get(), part);
  if (!file) return std::unexpected(file.error());
  bool same = file->bytes <= source.bytes();
  if (same && file->bytes > 0) {
    auto compared = SameStart(file->fd.get(), file->bytes, source, input_.pace);
    if (!compared) return std::unexpected(compared.error());
    same = *compared;
  }
  if (!same && ftruncate(file->fd.get(), 0) != 0) return FailErrno("emptying what is there");
  CountedSource counted(source, steps);
  if (auto put = Write(file->fd.get(), same ? file->bytes : 0, counted); !put) return put;
  // NFS says at the close what it did not say before.
  if (close(file->fd.Release()) != 0) return FailErrno("closing");
  if (auto unchanged = source.Check(); !unchanged) return unchanged;
  if (renameat(directory->get(), part.c_str(), directory->get(), LastPart(name).c_str()) != 0) {
    return FailErrno("giving it its name");
  }
  if (fsync(directory->get()) != 0) return FailErrno("bringing its name to disk");
  steps.Sent(source.bytes());
  return {};
}

Uploaded<StoredObject> Files::Verify(const std::string& name, Source& source, Steps& steps) {
  auto object = ExpectedOf(source, steps, input_.now());
  if (!object) return object;
  auto file = Open(name);
  if (!file) return std::unexpected(file.error());
  if (auto is = IsObject(*file, object->stored_bytes, object->stored_sha256, input_.pace); !is) {
    return std::unexpected(is.error());
  }
  object->proof = UploadProof::kReadBack;
  return object;
}

Uploaded<void> Files::Confirm(const std::string& name, const StoredObject& stored) {
  auto file = Open(name);
  if (!file) return std::unexpected(file.error());
  return IsObject(*file, stored.stored_bytes, stored.stored_sha256, input_.pace);
}

void Files::CleanUp(const std::string& name, Steps&) {
  const auto directory = Directory(name, false);
  if (!directory || !*directory) return;
  const auto whole = OpenShared(directory->get(), LastPart(name));
  if (whole && whole->fd) (void)unlinkat(directory->get(), PartFile(name).c_str(), 0);
}

}  // namespace

Uploaded<std::unique_ptr<Sink>> OpenFiles(SinkInput input) {
  auto place = PlaceOf(input.target.url);
  if (!place) return std::unexpected(place.error());
  if (place->scheme != "file" || place->path.empty()) {
    return FailUpload(UploadProblem::kConfig, "expected file:///PATH");
  }
  return std::make_unique<Files>(std::move(input), place->path);
}

}  // namespace kdumpd
