// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/support/dump_maker.h"

// What `makedumpfile -F` writes to its standard output.
namespace kdumpd {
namespace {

constexpr std::size_t kHeaderBytes = 4096;

class FlattenedFile {
 public:
  FlattenedFile(std::string_view logical, const FlattenedOptions& options)
      : logical_(logical), options_(options) {
    FieldWriter header(Endian::kBig, 8);
    header.Text("makedumpfile", 16).Put(8, 1).Put(8, 1);
    file_ = header.bytes();
    file_.resize(kHeaderBytes);
  }

  std::string Write() {
    if (options_.in_makedumpfile_order && logical_.starts_with("KDUMP")) {
      PutKdump();
    } else {
      Put(0, logical_.size());
    }
    if (options_.end_marker) file_.append(16, '\xff');
    return std::move(file_);
  }

 private:
  void Record(std::uint64_t offset, std::string_view payload) {
    file_ += NumberBytes(Endian::kBig, 8, offset);
    file_ += NumberBytes(Endian::kBig, 8, payload.size());
    file_ += payload;
  }
  void Put(std::uint64_t begin, std::uint64_t end) {
    while (begin < end) {
      const auto piece = logical_.substr(begin, std::min(end - begin, options_.record_bytes));
      Record(begin, piece);
      begin += piece.size();
    }
  }
  void PutKdump();

  std::string_view logical_;
  FlattenedOptions options_;
  std::string file_;
};

// Byte order and word size are told by where the block size makes sense.
std::uint64_t BlockSize(std::string_view logical) {
  for (const Endian endian : {Endian::kLittle, Endian::kBig}) {
    for (const std::size_t at : {std::size_t{428}, std::size_t{420}, std::size_t{416}}) {
      const std::uint64_t size = Number(std::as_bytes(std::span(logical)), at, 4, endian);
      if (size >= 4096 && size <= 65536 && (size & (size - 1)) == 0) return size;
    }
  }
  return 4096;
}

void FlattenedFile::PutKdump() {
  constexpr std::uint64_t kSubHeaderBytes = 104;
  const std::uint64_t block = BlockSize(logical_);
  const std::uint64_t notes_end = std::min<std::uint64_t>(logical_.size(), 2 * block);
  const std::string first(kSubHeaderBytes, '\0');
  Put(0, 464);
  Put(block + kSubHeaderBytes, notes_end);
  Record(block, first);
  Put(notes_end, logical_.size());
  Put(block, block + kSubHeaderBytes);
}

}  // namespace

std::string Flattened(std::string_view logical, const FlattenedOptions& options) {
  return FlattenedFile(logical, options).Write();
}

}  // namespace kdumpd
