# Programs built by clang 19 inside a build whose compiler is another one: for sanitizers, libFuzzer
# and the kernels' own compiler.
include_guard()
find_program(SLUICE_CLANGXX NAMES clang++-19 REQUIRED)

set(SLUICE_SANITIZE -fsanitize=address,undefined -fno-sanitize-recover=all)

# sluice_clang_program(NAME SOURCES file... [FLAGS flag...] [LINK argument...])
# Makes ${CMAKE_BINARY_DIR}/bin/NAME as part of `all`. FLAGS are for compiling and linking.
function(sluice_clang_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;FLAGS;LINK")
  set(objects)
  foreach(source ${arg_SOURCES})
    get_filename_component(path ${source} ABSOLUTE)
    get_filename_component(stem ${source} NAME_WE)
    set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.dir/${stem}.o)
    add_custom_command(
      OUTPUT ${object}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/${name}.dir
      COMMAND ${CMAKE_CXX_COMPILER_LAUNCHER} ${SLUICE_CLANGXX} -O1 -g -Wall -Wextra -Wpedantic -Wshadow
              -Wconversion -Werror ${arg_FLAGS} -MD -MF ${object}.d -c ${path} -o ${object}
      DEPENDS ${path}
      DEPFILE ${object}.d
      COMMENT "clang ${name}: ${stem}"
      VERBATIM)
    list(APPEND objects ${object})
  endforeach()
  add_custom_command(
    OUTPUT ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/${name}
    COMMAND ${SLUICE_CLANGXX} ${arg_FLAGS} ${objects} ${arg_LINK} -o
            ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/${name}
    DEPENDS ${objects}
    COMMENT "clang ${name}: link"
    VERBATIM)
  add_custom_target(${name} ALL DEPENDS ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/${name})
endfunction()
