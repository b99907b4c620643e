#include "tensor/number_text.h"

#include <gtest/gtest.h>

#include <cmath>

namespace heddle::test {
namespace {

TEST(NumberText, FewDigits) {
  EXPECT_EQ(number_text(0), "0");
  EXPECT_EQ(number_text(-3), "-3");
  EXPECT_EQ(number_text(0.25), "0.25");
  EXPECT_EQ(number_text(-2.5), "-2.5");
  EXPECT_EQ(number_text(0.3F), "0.3");
  EXPECT_EQ(number_text(0.00012345678), "0.0001234568");
  EXPECT_EQ(number_text(123456.789), "123456.8");
  EXPECT_EQ(number_text(99999999.5), "100000000");
  EXPECT_EQ(number_text(9.99999999), "10");
  EXPECT_EQ(number_text(123456789012345), "123456789012345");
}

TEST(NumberText, LargeAndSmall) {
  EXPECT_EQ(number_text(1e15), "1e+15");
  EXPECT_EQ(number_text(-1.2345678e20), "-1.234568e+20");
  EXPECT_EQ(number_text(1e-7), "1e-7");
  EXPECT_EQ(number_text(1.5e-5), "1.5e-5");
  EXPECT_EQ(number_text(5e-324), "4.940656e-324");
}

TEST(NumberText, NotFinite) {
  EXPECT_EQ(number_text(std::nan("")), "NaN");
  EXPECT_EQ(number_text(INFINITY), "Infinity");
  EXPECT_EQ(number_text(-INFINITY), "-Infinity");
}

}  // namespace
}  // namespace heddle::test
