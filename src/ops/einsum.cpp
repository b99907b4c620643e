#include "ops/einsum.h"

#include <algorithm>
#include <string>

#include "ops/elementwise.h"
#include "ops/matmul.h"
#include "ops/reduce.h"
#include "ops/shape_ops.h"

namespace heddle {
namespace {

bool has(std::string_view letters, char letter) {
  return letters.find(letter) != std::string_view::npos;
}

/// A tensor and the letters of its axes.
struct Term {
  Tensor tensor;
  std::string axes;
};

[[noreturn]] void fail(std::string_view equation, const std::string& what) {
  throw ValueError(text("[einsum] ", equation, ": ", what));
}

/// Names for the axes of "...": signs that no equation has, the last axis first.
constexpr std::string_view kUnnamed = "76543210";

/// The letters of a part of the equation, with the dots replaced by names for `unnamed` axes.
std::string axes_of(std::string_view part, int unnamed, std::string_view equation) {
  std::string out;
  for (size_t i = 0; i < part.size(); ++i) {
    const char c = part[i];
    if (part.substr(i, 3) == "...") {
      if (unnamed < 0) fail(equation, "more letters than the operand has axes");
      out += kUnnamed.substr(kUnnamed.size() - static_cast<size_t>(unnamed));
      i += 2;
      continue;
    }
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) {
      fail(equation, text("'", std::string_view(&c, 1), "' is no letter"));
    }
    out += c;
  }
  for (size_t i = 0; i < out.size(); ++i) {
    if (has(std::string_view(out).substr(i + 1), out[i])) {
      fail(equation, text("'", std::string_view(&out[i], 1), "' occurs twice in one operand"));
    }
  }
  return out;
}

/// The term with its axes in another order; it may name axes that the term lacks, which are 1 then.
Tensor ordered(const Term& term, std::string_view axes) {
  std::vector<int> order;
  for (char axis : axes) {
    const size_t place = term.axes.find(axis);
    if (place != std::string::npos) order.push_back(static_cast<int>(place));
  }
  const Tensor turned = transpose(term.tensor, order);
  Shape shape;
  size_t next = 0;
  for (char axis : axes) shape.push_back(has(term.axes, axis) ? turned.shape()[next++] : 1);
  return reshape(turned, shape);
}

/// Sums over the axes that nobody needs any more.
Term summed(const Term& term, std::string_view needed) {
  Term out{term.tensor, {}};
  std::vector<int> axes;
  for (size_t i = 0; i < term.axes.size(); ++i) {
    if (has(needed, term.axes[i])) {
      out.axes += term.axes[i];
    } else {
      axes.push_back(static_cast<int>(i));
    }
  }
  if (!axes.empty()) out.tensor = sum(term.tensor, axes);
  return out;
}

/// Sizes of a list of axes of a term.
Shape sizes(const Term& term, std::string_view axes) {
  Shape out;
  for (char axis : axes) {
    const size_t place = term.axes.find(axis);
    out.push_back(place == std::string::npos ? 1 : term.tensor.shape()[static_cast<int>(place)]);
  }
  return out;
}

int product(const Shape& shape) { return static_cast<int>(shape.size()); }

/// The product of two terms, summed over what is not in `needed`.
Term multiply(const Term& left, const Term& right, std::string_view needed,
              std::string_view equation) {
  const Term a = summed(left, text(needed, right.axes));
  const Term b = summed(right, text(needed, left.axes));
  std::string batch, inner, rows, columns;
  for (char axis : a.axes) {
    (has(b.axes, axis) ? (has(needed, axis) ? batch : inner) : rows) += axis;
  }
  for (char axis : b.axes) {
    if (!has(a.axes, axis)) columns += axis;
  }
  // Axes without names may be 1 on one side.
  const Shape a_batch = sizes(a, batch), b_batch = sizes(b, batch);
  const Shape a_inner = sizes(a, inner);
  for (size_t i = 0; i < batch.size(); ++i) {
    const int at = static_cast<int>(i);
    const bool named = !has(kUnnamed, batch[i]);
    if (named && a_batch[at] != b_batch[at]) {
      fail(equation,
           text("'", std::string_view(&batch[i], 1), "' is ", a_batch[at], " and ", b_batch[at]));
    }
  }
  if (a_inner != sizes(b, inner)) {
    fail(equation, text("the axes summed over, '", inner, "', are ", to_string(a_inner), " and ",
                        to_string(sizes(b, inner))));
  }
  const Shape both = broadcast(a_batch, b_batch, "einsum");
  const Shape m = sizes(a, rows), n = sizes(b, columns);
  // [batch, first, second]: whichever keeps the term's last axis last, as that is copied faster.
  const auto matrix = [&](const Term& term, const std::string& first, const std::string& second) {
    const Tensor turned = ordered(term, batch + first + second);
    const Shape x = sizes(term, first), y = sizes(term, second);
    Shape whole = both;
    for (int dim : x) whole.push_back(dim);
    for (int dim : y) whole.push_back(dim);
    return reshape(sizes(term, batch) != both ? broadcast_to(turned, whole) : turned,
                   {product(both), product(x), product(y)});
  };
  const bool turn_a = !a.axes.empty() && has(rows, a.axes.back());
  const bool turn_b = !b.axes.empty() && has(inner, b.axes.back());
  const Tensor c =
      matmul(turn_a ? matrix(a, inner, rows) : matrix(a, rows, inner),
             turn_b ? matrix(b, columns, inner) : matrix(b, inner, columns), turn_a, turn_b);
  Shape out = both;
  for (int dim : m) out.push_back(dim);
  for (int dim : n) out.push_back(dim);
  return {reshape(c, out), batch + rows + columns};
}

std::vector<std::string_view> parts_of(std::string_view list) {
  std::vector<std::string_view> parts;
  for (size_t end = list.find(','); end != std::string_view::npos; end = list.find(',')) {
    parts.push_back(list.substr(0, end));
    list.remove_prefix(end + 1);
  }
  parts.push_back(list);
  return parts;
}

/// All letters that occur once, after the axes without names.
std::string implied_result(std::span<const Term> terms, int unnamed) {
  std::string all;
  for (const Term& term : terms) all += term.axes;
  std::sort(all.begin(), all.end());
  std::string once(kUnnamed.substr(kUnnamed.size() - static_cast<size_t>(unnamed)));
  for (char axis : all) {
    if (!has(kUnnamed, axis) && std::count(all.begin(), all.end(), axis) == 1) once += axis;
  }
  return once;
}

}  // namespace

Tensor einsum(std::string_view equation, std::span<const Tensor> operands) {
  std::string plain(equation);
  std::erase(plain, ' ');
  const size_t arrow = plain.find("->");
  const std::string_view all = plain;
  const std::vector<std::string_view> parts = parts_of(all.substr(0, arrow));
  if (parts.size() != operands.size()) {
    fail(equation, text("names ", parts.size(), " operands, got ", operands.size()));
  }
  std::vector<Term> terms;
  int most_unnamed = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    const int rank = operands[i].shape().rank();
    const bool dots = parts[i].find("...") != std::string_view::npos;
    const int unnamed = dots ? rank - static_cast<int>(parts[i].size()) + 3 : 0;
    terms.push_back({cast(operands[i], DType::kFloat32), axes_of(parts[i], unnamed, equation)});
    if (static_cast<int>(terms.back().axes.size()) != rank) {
      fail(equation, text("operand ", i, " has shape ", to_string(operands[i].shape())));
    }
    most_unnamed = std::max(most_unnamed, unnamed);
  }
  const std::string result = arrow == std::string::npos
                                 ? implied_result(terms, most_unnamed)
                                 : axes_of(all.substr(arrow + 2), most_unnamed, equation);
  std::string present;
  for (const Term& term : terms) present += term.axes;
  for (char axis : result) {
    if (!has(present, axis)) {
      fail(equation, text("'", std::string_view(&axis, 1), "' is in the result only"));
    }
  }
  Term total = terms[0];
  for (size_t i = 1; i < terms.size(); ++i) {
    std::string needed = result;
    for (size_t later = i + 1; later < terms.size(); ++later) needed += terms[later].axes;
    total = multiply(total, terms[i], needed, equation);
  }
  return ordered(summed(total, result), result);
}

Tensor dot(const Tensor& a, const Tensor& b) {
  const int rank_a = a.shape().rank();
  const int rank_b = b.shape().rank();
  if (rank_a < 1 || rank_a > 2 || rank_b < 1 || rank_b > 2) {
    throw ValueError(text("[dot] both operands must have rank 1 or 2, got ", to_string(a.shape()),
                          " and ", to_string(b.shape())));
  }
  const Tensor left = rank_a == 1 ? expand_dims(a, 0) : a;
  const Tensor right = rank_b == 1 ? expand_dims(b, 1) : b;
  Shape out;
  if (rank_a == 2) out.push_back(a.shape()[0]);
  if (rank_b == 2) out.push_back(b.shape()[1]);
  return reshape(matmul(left, right), out);
}

Tensor outer_product(const Tensor& a, const Tensor& b) {
  if (a.shape().rank() != 1 || b.shape().rank() != 1) {
    throw ValueError(text("[outerProduct] both operands must have rank 1, got ",
                          to_string(a.shape()), " and ", to_string(b.shape())));
  }
  return matmul(expand_dims(a, 1), expand_dims(b, 0));
}

}  // namespace heddle
