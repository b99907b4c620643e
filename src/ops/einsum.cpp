#include "ops/einsum.h"

#include <algorithm>
#include <bitset>

#include "ops/elementwise.h"
#include "ops/matmul.h"
#include "ops/reduce.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

/// The letters of a tensor's axes, in a Shape: a list of numbers that allocates nothing.
using Axes = Shape;
/// A set of letters.
using Letters = std::bitset<128>;

struct Term {
  Tensor tensor;
  Axes axes;
};

int place_of(const Axes& axes, int letter) {
  return static_cast<int>(std::find(axes.begin(), axes.end(), letter) - axes.begin());
}

bool has(const Axes& axes, int letter) { return place_of(axes, letter) < axes.rank(); }

void append(Axes& axes, const Axes& more) {
  for (int letter : more) axes.push_back(letter);
}

[[noreturn]] void refuse(std::string_view equation, const char* what) {
  fail<ValueError>("[einsum] {}: {}", equation, what);
}

bool is_letter(char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }
bool is_unnamed(int letter) { return letter < 'A'; }

/// Reads one list of letters from `at` on. "..." stands for the axes that they leave of `rank`, or
/// when rank is negative, for -rank - 1 axes; such an axis has its place from the end as its name.
Axes read(std::string_view equation, size_t& at, int rank) {
  size_t end = at;
  int letters = 0;
  for (; end < equation.size() && equation[end] != ',' && equation[end] != '-'; ++end) {
    letters += is_letter(equation[end]);
  }
  const int unnamed = rank < 0 ? -rank - 1 : rank - letters;
  Axes axes;
  for (; at < end; ++at) {
    const char c = equation[at];
    if (equation.substr(at, 3) == "...") {
      for (int i = unnamed; i > 0; --i) axes.push_back(i);
      at += 2;
    } else if (is_letter(c)) {
      if (has(axes, c)) refuse(equation, "a letter occurs twice in one list");
      axes.push_back(c);
    } else if (c != ' ') {
      refuse(equation, "only letters, '...', ',' and '->' have a meaning");
    }
  }
  if (rank >= 0 && axes.rank() != rank)
    refuse(equation, "the letters do not fit an operand's rank");
  return axes;
}

/// Sizes of a list of axes of a term; of axes that it lacks, 1.
Shape sizes(const Term& term, const Axes& axes) {
  Shape out;
  for (int letter : axes) {
    const int place = place_of(term.axes, letter);
    out.push_back(place < term.axes.rank() ? term.tensor.shape()[place] : 1);
  }
  return out;
}

/// The term with its axes in another order, with 1 for axes that it lacks.
Tensor ordered(const Term& term, const Axes& axes) {
  Shape order;
  for (int letter : axes) {
    if (has(term.axes, letter)) order.push_back(place_of(term.axes, letter));
  }
  return reshape(transpose(term.tensor, order), sizes(term, axes));
}

/// Sums over the axes that nobody needs any more.
Term summed(const Term& term, const Letters& needed) {
  Term out = term;
  out.axes = {};
  Shape gone;
  for (int i = 0; i < term.axes.rank(); ++i) {
    if (needed[term.axes[i]]) {
      out.axes.push_back(term.axes[i]);
    } else {
      gone.push_back(i);
    }
  }
  if (gone.rank() > 0) out.tensor = sum(term.tensor, gone);
  return out;
}

Letters letters_of(const Axes& axes) {
  Letters out;
  for (int letter : axes) out.set(letter);
  return out;
}

/// [batch, first, second] of a term, the batch stretched to the sizes `both`.
Tensor matrices(const Term& term, const Axes& batch, const Axes& first, const Axes& second,
                const Shape& both) {
  Axes all = batch;
  append(all, first);
  append(all, second);
  const Shape x = sizes(term, first);
  const Shape y = sizes(term, second);
  Shape whole = both;
  append(whole, x);
  append(whole, y);
  return reshape(
      broadcast_to(ordered(term, all), whole),
      {static_cast<int>(both.size()), static_cast<int>(x.size()), static_cast<int>(y.size())});
}

/// The product of two terms, summed over what is not in `needed`.
Term multiply(const Term& left, const Term& right, const Letters& needed,
              std::string_view equation) {
  const Term a = summed(left, needed | letters_of(right.axes));
  const Term b = summed(right, needed | letters_of(left.axes));
  Axes batch, inner, rows, columns;
  for (int letter : a.axes) {
    (!has(b.axes, letter) ? rows : needed[letter] ? batch : inner).push_back(letter);
  }
  for (int letter : b.axes) {
    if (!has(a.axes, letter)) columns.push_back(letter);
  }
  for (int letter : a.axes) {
    // Axes without names may be 1 on one side.
    if (has(b.axes, letter) && !(is_unnamed(letter) && needed[letter]) &&
        sizes(a, {letter}) != sizes(b, {letter})) {
      fail<ValueError>("[einsum] {}: '{}' is {} and {}", equation,
                       std::string(1, static_cast<char>(letter)), sizes(a, {letter})[0],
                       sizes(b, {letter})[0]);
    }
  }
  const Shape both = broadcast(sizes(a, batch), sizes(b, batch), "einsum");
  // Each term keeps its last axis last where it can: that is copied faster.
  const bool turn_a = a.axes.rank() > 0 && has(rows, a.axes[-1]);
  const bool turn_b = b.axes.rank() > 0 && has(inner, b.axes[-1]);
  const Tensor c = matmul(
      matrices(a, batch, turn_a ? inner : rows, turn_a ? rows : inner, both),
      matrices(b, batch, turn_b ? columns : inner, turn_b ? inner : columns, both), turn_a, turn_b);
  Shape out = both;
  append(out, sizes(a, rows));
  append(out, sizes(b, columns));
  append(batch, rows);
  append(batch, columns);
  return {reshape(c, out), batch};
}

}  // namespace

Tensor einsum(std::string_view equation, std::span<const Tensor> operands) {
  std::vector<Term> terms;
  Letters once, again;
  int unnamed = 0;
  size_t at = 0;
  for (const Tensor& operand : operands) {
    if (at > 0) {
      if (at >= equation.size() || equation[at] != ',') {
        refuse(equation, "there are more operands than lists of letters");
      }
      ++at;
    }
    terms.push_back({cast(operand, DType::kFloat32), read(equation, at, operand.shape().rank())});
    for (int letter : terms.back().axes) {
      if (is_unnamed(letter)) unnamed = std::max(unnamed, letter);
      again[letter] = once[letter];
      once.set(letter);
    }
  }
  Axes result;
  if (equation.substr(at, 2) == "->") {
    at += 2;
    result = read(equation, at, -unnamed - 1);
  } else {
    for (int i = unnamed; i > 0; --i) result.push_back(i);
    for (int letter = 'A'; letter <= 'z'; ++letter) {
      if (once[letter] && !again[letter]) result.push_back(letter);
    }
  }
  if (at != equation.size() || terms.empty()) {
    refuse(equation, "there are fewer operands than lists of letters");
  }
  Letters needed = letters_of(result);
  if ((needed & ~once).any()) refuse(equation, "a letter is in the result only");
  Term total = terms[0];
  for (size_t i = 1; i < terms.size(); ++i) {
    needed = letters_of(result);
    for (size_t later = i + 1; later < terms.size(); ++later) {
      needed |= letters_of(terms[later].axes);
    }
    total = multiply(total, terms[i], needed, equation);
  }
  return ordered(summed(total, letters_of(result)), result);
}

}  // namespace heddle
