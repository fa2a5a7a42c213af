// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/s3_parts.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/ship/digest.h"
#include "daemon/ship/md5_lanes.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kMebibyte = 1ULL << 20;

std::uint64_t Quotient(std::uint64_t all, std::uint64_t each) {
  return all / each + (all % each != 0 ? 1 : 0);
}

// Larger pieces than a chunk of age: one that is cut in two is encrypted twice.
constexpr std::size_t kPiece = 256 << 10;
// Twice that is read before it is sent (PartSums), and the DaemonSet has a limit of 384 MiB, which
// the page cache counts for.
constexpr std::uint64_t kMostAhead = 128 * kMebibyte;
// Fewer are faster one after the other.
constexpr std::uint64_t kFewestLanes = 3;
// Lanes that begin at the same place of a page push each other out of the processor's cache.
constexpr std::size_t kApart = kPiece + 320;

std::uint64_t WholeMebibytes(std::uint64_t bytes) { return Quotient(bytes, kMebibyte) * kMebibyte; }

}  // namespace

Uploaded<std::uint64_t> S3PartBytes(std::uint64_t bytes, const UploadTarget& target) {
  if (bytes > kMostObjectBytes) {
    return FailUpload(UploadProblem::kRefused, Cat("it has ", FormatBytes(bytes),
                                                   ": S3 takes no object of more than 5 TiB"));
  }
  const std::uint64_t most_parts = std::min(target.most_parts, kMostParts);
  if (most_parts == 0 || Quotient(bytes, most_parts) > kMostPartBytes) {
    return FailUpload(UploadProblem::kConfig,
                      Cat(most_parts, " parts of at most 5 GiB are too few for ",
                          FormatBytes(bytes), ": most-parts has to be larger"));
  }
  const std::uint64_t wish = target.part_bytes == 0 ? kPreferredPartBytes : target.part_bytes;
  const std::uint64_t part = std::clamp(wish, kLeastPartBytes, kMostPartBytes);
  const std::uint64_t grown = WholeMebibytes(std::max(part, Quotient(bytes, most_parts)));
  return bytes <= grown ? 0 : grown;
}

std::uint32_t PartCount(std::uint64_t bytes, std::uint64_t part_bytes) {
  if (part_bytes == 0 || bytes == 0) return 1;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(Quotient(bytes, part_bytes), ~0U));
}

std::string MultipartEtag(const std::vector<std::string>& md5s) {
  std::string all;
  for (const std::string& md5 : md5s) all += FromHex(md5);
  return Cat(Hex(Md5(all)), "-", md5s.size());
}

std::string FromHex(std::string_view hex) {
  std::string raw;
  for (std::size_t i = 0; i + 2 <= hex.size(); i += 2) {
    raw += static_cast<char>(ParseUnsigned(hex.substr(i, 2), 16).value_or(0));
  }
  return raw;
}

bool LooksLikeMd5(std::string_view etag) {
  return etag.size() == 32 && etag.find_first_not_of("0123456789abcdef") == etag.npos;
}

Uploaded<PieceSums> SumPiece(Source& source, std::uint64_t offset, std::uint64_t bytes) {
  Digest sha256(Digest::Kind::kSha256), md5(Digest::Kind::kMd5);
  std::array<std::byte, 64 << 10> buffer;
  for (std::uint64_t done = 0; done < bytes;) {
    const auto piece =
        std::span(buffer).first(std::min<std::uint64_t>(buffer.size(), bytes - done));
    if (auto read = source.Read(offset + done, piece); !read) return std::unexpected(read.error());
    sha256.Add(piece);
    md5.Add(piece);
    done += piece.size();
  }
  return PieceSums{Hex(sha256.Take()), Hex(md5.Take())};
}

namespace {

// `count` pieces of `each` bytes in lockstep. Lanes that are too many repeat the first.
Uploaded<std::vector<PieceSums>> SumSideBySide(Source& source, std::uint64_t offset,
                                               std::uint64_t each, std::size_t count) {
  std::vector<Digest> sha256s;
  sha256s.reserve(count);
  for (std::size_t lane = 0; lane < count; ++lane) sha256s.emplace_back(Digest::Kind::kSha256);
  std::vector<std::byte> buffer(count * kApart);
  std::array<const std::byte*, Md5Lanes::kLanes> from{};
  from.fill(buffer.data());
  Md5Lanes md5s;
  for (std::uint64_t done = 0; done < each;) {
    const std::size_t size = std::min<std::uint64_t>(kPiece, each - done);
    for (std::size_t lane = 0; lane < count; ++lane) {
      const auto piece = std::span(buffer).subspan(lane * kApart, size);
      auto read = source.Read(offset + lane * each + done, piece);
      if (!read) return std::unexpected(read.error());
      sha256s[lane].Add(piece);
      from[lane] = piece.data();
    }
    md5s.Add(from, size);
    done += size;
  }
  const auto raw = md5s.Take();
  std::vector<PieceSums> sums;
  sums.reserve(count);
  for (std::size_t lane = 0; lane < count; ++lane) {
    sums.push_back({Hex(sha256s[lane].Take()), Hex(raw[lane])});
  }
  return sums;
}

}  // namespace

Uploaded<std::vector<PieceSums>> SumPieces(Source& source, std::uint64_t offset,
                                           std::uint64_t each) {
  const std::uint64_t left = source.bytes() - offset;
  const std::uint64_t whole = each == 0 || each % kMebibyte != 0 ? 0 : left / each;
  const std::uint64_t count =
      std::min({whole, std::uint64_t{Md5Lanes::kLanes}, whole == 0 ? 0 : kMostAhead / each});
  if (count >= kFewestLanes) return SumSideBySide(source, offset, each, count);
  auto one = SumPiece(source, offset, std::min(each, left));
  if (!one) return std::unexpected(one.error());
  return std::vector<PieceSums>{*std::move(one)};
}

Uploaded<std::string> EtagOf(Source& source, std::uint64_t part_bytes) {
  const std::uint64_t each = part_bytes == 0 ? source.bytes() : part_bytes;
  std::vector<std::string> md5s;
  while (md5s.size() * each < source.bytes() || md5s.empty()) {
    auto some = SumPieces(source, md5s.size() * each, each);
    if (!some) return std::unexpected(some.error());
    for (PieceSums& sums : *some) md5s.push_back(std::move(sums.md5));
  }
  return part_bytes == 0 ? md5s.front() : MultipartEtag(md5s);
}

}  // namespace kdumpd
