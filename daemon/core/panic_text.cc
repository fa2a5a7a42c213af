// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/panic_text.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

#include "daemon/core/machine_texts.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

struct Piece {
  std::uint64_t panic = 0, part = 0;
  std::string_view text;
  std::size_t file = 0;
};

std::optional<Piece> PieceOf(std::string_view file) {
  if (PstoreKind(file) != "Panic") return std::nullopt;
  const auto end = file.find('\n');
  const auto words = Words(Trim(file.substr(0, end)));
  const auto mark = words[0].find('#');
  return Piece{ParseUnsigned(words[0].substr(mark + 1)).value_or(0),
               ParseUnsigned(words[1].substr(4)).value_or(0),
               end == file.npos ? std::string_view() : file.substr(end + 1)};
}

}  // namespace

std::string PanicText(std::span<const std::string> files) {
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < files.size(); ++i) {
    auto piece = PieceOf(files[i]);
    if (!piece) continue;
    piece->file = i;
    pieces.push_back(*piece);
  }
  std::ranges::sort(pieces, std::greater(), [](const Piece& piece) {
    return std::tuple(piece.panic, piece.part, ~piece.file);
  });
  std::string text;
  for (const Piece& piece : pieces) {
    if (piece.panic != pieces.front().panic) break;
    text += piece.text;
    if (!text.empty() && !text.ends_with('\n')) text += '\n';
  }
  return text;
}

}  // namespace kdumpd
