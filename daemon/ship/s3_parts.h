// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/upload.h"
#include "daemon/core/upload_target.h"
#include "daemon/ship/source.h"

// How an object is cut into the parts of a multipart upload (docs.aws.amazon.com, "Amazon S3
// multipart upload limits").
namespace kdumpd {

inline constexpr std::uint64_t kLeastPartBytes = 5ULL << 20;
inline constexpr std::uint64_t kPreferredPartBytes = 16ULL << 20;
inline constexpr std::uint64_t kMostPartBytes = 5ULL << 30;
inline constexpr std::uint64_t kMostObjectBytes = 5ULL << 40;
inline constexpr std::uint32_t kMostParts = 10'000;

// Whole MiB, as near to the target's wish as its number of parts allows; 0: in one piece, for it is
// not more than one part. kRefused: no object is so large; kConfig: most_parts is too small for it.
[[nodiscard]] Uploaded<std::uint64_t> S3PartBytes(std::uint64_t bytes, const UploadTarget& target);

// How many parts those are; 1 in one piece.
[[nodiscard]] std::uint32_t PartCount(std::uint64_t bytes, std::uint64_t part_bytes);

// The ETag that S3 gives a multipart object whose parts have these MD5s (in hexadecimal, in order):
// the MD5 of all of them, and their number. An object of one piece has its own MD5.
[[nodiscard]] std::string MultipartEtag(const std::vector<std::string>& md5s);
// "d41d8cd98f00b204e9800998ecf8427e": what an MD5 looks like, so that it may be one.
[[nodiscard]] bool LooksLikeMd5(std::string_view etag);

// The bytes of a digest in hexadecimal.
[[nodiscard]] std::string FromHex(std::string_view hex);

// Digests of a piece of an object, in hexadecimal.
struct PieceSums {
  std::string sha256, md5;
};
// Reads it once; of pieces that are asked for in order, the source hashes the whole as well.
[[nodiscard]] Uploaded<PieceSums> SumPiece(Source& source, std::uint64_t offset,
                                           std::uint64_t bytes);
// The same of pieces that follow each other, of `each` bytes (whole MiB, but for a piece that ends
// with the source): as many as are read side by side, at least one. Of several the MD5s cost a
// third, and between their first and their last byte there are at most 128 MiB, so that whoever
// sends them next finds them in the page cache.
[[nodiscard]] Uploaded<std::vector<PieceSums>> SumPieces(Source& source, std::uint64_t offset,
                                                         std::uint64_t each);
// The ETag that the whole must have, by reading it.
[[nodiscard]] Uploaded<std::string> EtagOf(Source& source, std::uint64_t part_bytes);

}  // namespace kdumpd
