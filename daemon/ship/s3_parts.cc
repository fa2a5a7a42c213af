// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/s3_parts.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/ship/digest.h"

namespace kdumpd {
namespace {

constexpr std::uint64_t kMebibyte = 1ULL << 20;

std::uint64_t Quotient(std::uint64_t all, std::uint64_t each) {
  return all / each + (all % each != 0 ? 1 : 0);
}
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
                          FormatBytes(bytes), ": most_parts has to be larger"));
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

Uploaded<std::string> EtagOf(Source& source, std::uint64_t part_bytes) {
  const std::uint64_t each = part_bytes == 0 ? source.bytes() : part_bytes;
  std::vector<std::string> md5s;
  for (std::uint64_t at = 0; at < source.bytes() || md5s.empty(); at += each) {
    auto sums = SumPiece(source, at, std::min(each, source.bytes() - at));
    if (!sums) return std::unexpected(sums.error());
    md5s.push_back(std::move(sums->md5));
  }
  return part_bytes == 0 ? md5s.front() : MultipartEtag(md5s);
}

}  // namespace kdumpd
