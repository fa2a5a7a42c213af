// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/ship/age_source.h"
#include "daemon/ship/file_bytes.h"

namespace kdumpd {
namespace {

// A file, or a text, as it is.
class PlainSource : public Source {
 public:
  explicit PlainSource(const FileInput& file, bool hashes = true) : file_(file), hashes_(hashes) {}

  [[nodiscard]] std::uint64_t bytes() const override { return file_.mark().bytes; }
  Uploaded<void> Read(std::uint64_t offset, std::span<std::byte> to) override {
    if (auto read = file_.Read(offset, to); !read) return read;
    if (hashes_ && offset == hashed_) {
      hash_.Add(to);
      hashed_ += to.size();
    }
    return {};
  }
  [[nodiscard]] Uploaded<void> Check() const override { return file_.Check(); }
  void DropBefore(std::uint64_t offset) const override { file_.DropBefore(offset); }
  Uploaded<Digests> Whole() override {
    std::array<std::byte, 64 << 10> piece;
    while (hashed_ < bytes()) {
      const std::size_t size = std::min<std::uint64_t>(piece.size(), bytes() - hashed_);
      if (auto read = Read(hashed_, std::span(piece).first(size)); !read) {
        return std::unexpected(read.error());
      }
    }
    if (digest_.empty()) digest_ = Hex(hash_.Take());
    return Digests{digest_, digest_};
  }
  [[nodiscard]] std::unique_ptr<Source> ToRead() const override {
    return std::make_unique<PlainSource>(file_, false);
  }

 private:
  FileInput file_;
  bool hashes_;
  Digest hash_{Digest::Kind::kSha256};
  std::uint64_t hashed_ = 0;
  std::string digest_;
};

class Text : public Source {
 public:
  explicit Text(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] std::uint64_t bytes() const override { return text_.size(); }
  Uploaded<void> Read(std::uint64_t offset, std::span<std::byte> to) override {
    std::memcpy(to.data(), text_.data() + offset, to.size());
    return {};
  }
  [[nodiscard]] Uploaded<void> Check() const override { return {}; }
  Uploaded<Digests> Whole() override {
    const std::string digest = Hex(Sha256(text_));
    return Digests{digest, digest};
  }
  [[nodiscard]] std::unique_ptr<Source> ToRead() const override { return TextSource(text_); }

 private:
  std::string text_;
};

}  // namespace

Uploaded<UploadMark> MarkOf(int file) {
  struct stat status{};
  if (fstat(file, &status) != 0) {
    return FailUpload(UploadProblem::kSource,
                      Cat("fstat: ", std::generic_category().message(errno)));
  }
  if (!S_ISREG(status.st_mode)) {
    return FailUpload(UploadProblem::kSource, "it is no regular file");
  }
  return UploadMark{status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size),
                    status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

Uploaded<FileInput> FileInput::Open(int file, const UploadMark& mark) {
  FileInput input(file, mark);
  if (auto same = input.Check(); !same) return std::unexpected(same.error());
  // Once through is all that it is for; what was read is dropped behind.
  (void)posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL);
  return input;
}

Uploaded<void> FileInput::Read(std::uint64_t offset, std::span<std::byte> to) {
  for (std::size_t done = 0; done < to.size();) {
    const ssize_t got =
        pread(file_, to.data() + done, to.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      return FailUpload(UploadProblem::kSource,
                        Cat("reading: ", std::generic_category().message(errno)));
    if (got == 0) {
      return FailUpload(UploadProblem::kChanged, Cat("it ends at ", offset + done, " of ",
                                                     mark_.bytes, " bytes: it was cut off"));
    }
    done += static_cast<std::size_t>(got);
  }
  return {};
}

Uploaded<void> FileInput::Check() const {
  const auto now = MarkOf(file_);
  if (!now) return std::unexpected(now.error());
  if (*now == mark_) return {};
  const std::string_view what = now->bytes != mark_.bytes ? "its size"
                                : now->inode != mark_.inode || now->device != mark_.device
                                    ? "the file"
                                    : "its time of change";
  return FailUpload(UploadProblem::kChanged, Cat(what, " is another one than when it was begun"));
}

// From 0 each time: a page, or a larger piece of memory, of which a part was wanted still is gone
// the next time. What is gone costs nothing.
void FileInput::DropBefore(std::uint64_t offset) const {
  if (offset == 0) return;
  const auto bytes = static_cast<off_t>(offset >= mark_.bytes ? 0 : offset);  // 0: to its end
  (void)posix_fadvise(file_, 0, bytes, POSIX_FADV_DONTNEED);
}

Uploaded<std::unique_ptr<Source>> OpenSource(int file, const UploadPlan& plan) {
  auto input = FileInput::Open(file, plan.mark);
  if (!input) return std::unexpected(input.error());
  if (!plan.file_key.empty()) return OpenAgeSource(*std::move(input), plan);
  return std::make_unique<PlainSource>(*std::move(input));
}

std::unique_ptr<Source> TextSource(std::string text) {
  return std::make_unique<Text>(std::move(text));
}

}  // namespace kdumpd
