# hlsc_module(NAME pipeline SOURCE pipeline.cpp [INCLUDES dir...] [DEFINITIONS def...]
#             [TARGET_LEVELS 6] [OUTPUT_DIR dir] [OPTIONS option...])
#
# Compiles SOURCE to OUTPUT_DIR/NAME.sv, NAME_pkg.sv, NAME_report.txt and NAME_report.json (default
# directory: the current binary directory) and rebuilds when the source or anything it includes
# changes. Adds target NAME_hlsc and sets in the caller's scope
#   NAME_HLSC_SOURCES   package, multiplier primitive and module, in the order a simulator wants
set(HLSC_MUL_SOURCE ${CMAKE_CURRENT_LIST_DIR}/../rtl/hlsc_mul.sv CACHE INTERNAL "")
set(HLSC_INCLUDE_DIR ${CMAKE_CURRENT_LIST_DIR}/../include CACHE INTERNAL "")

function(hlsc_module)
  cmake_parse_arguments(ARG "" "NAME;SOURCE;TARGET_LEVELS;OUTPUT_DIR"
                        "INCLUDES;DEFINITIONS;OPTIONS" ${ARGN})
  if(NOT ARG_NAME OR NOT ARG_SOURCE)
    message(FATAL_ERROR "hlsc_module needs NAME and SOURCE")
  endif()
  if(NOT ARG_TARGET_LEVELS)
    set(ARG_TARGET_LEVELS 6)
  endif()
  if(NOT ARG_OUTPUT_DIR)
    set(ARG_OUTPUT_DIR ${CMAKE_CURRENT_BINARY_DIR})
  endif()
  get_filename_component(source ${ARG_SOURCE} ABSOLUTE)
  set(clang_args -I ${HLSC_INCLUDE_DIR})
  foreach(dir ${ARG_INCLUDES})
    get_filename_component(dir ${dir} ABSOLUTE)
    list(APPEND clang_args -I ${dir})
  endforeach()
  foreach(definition ${ARG_DEFINITIONS})
    list(APPEND clang_args -D${definition})
  endforeach()
  set(base ${ARG_OUTPUT_DIR}/${ARG_NAME})
  add_custom_command(
    OUTPUT ${base}.sv ${base}_pkg.sv ${base}_report.txt ${base}_report.json
    COMMAND $<TARGET_FILE:hlsc> ${source} -o ${ARG_OUTPUT_DIR} --module ${ARG_NAME}
            --target-levels ${ARG_TARGET_LEVELS} --depfile ${base}.d ${ARG_OPTIONS} -- ${clang_args}
    DEPENDS hlsc ${source}
    DEPFILE ${base}.d
    COMMENT "hlsc ${ARG_NAME}"
    VERBATIM)
  add_custom_target(${ARG_NAME}_hlsc DEPENDS ${base}.sv ${base}_pkg.sv)
  set(${ARG_NAME}_HLSC_SOURCES ${base}_pkg.sv ${HLSC_MUL_SOURCE} ${base}.sv PARENT_SCOPE)
endfunction()
